//! The alert rules that come with the program: every metric that they use exists, and each rule is explained.

use std::fs;
use std::path::Path;

use presence_collector::operations::metrics::exposition;
use presence_model::renamed::METRICS;

use super::metrics::{everything, names};

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).expect("the file is there")
}

/// The words of a text that begin with `presence_`.
fn metrics_in(text: &str) -> Vec<String> {
    text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .filter(|word| word.starts_with("presence_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_metric_that_an_alert_asks_for_exists() {
    let known = names(&exposition(&everything()).expect("it can be written"));
    let asked = metrics_in(&file("contrib/prometheus/alerts.yml"));
    assert!(asked.len() > 10, "{asked:?}");
    for metric in asked {
        assert!(known.contains(&metric), "there is no metric {metric}");
    }
}

#[test]
fn every_alert_and_every_metric_is_explained() {
    let document = file("docs/operations.md");
    let alerts = file("contrib/prometheus/alerts.yml");
    let alerts: Vec<&str> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    assert!(alerts.len() > 10, "{alerts:?}");
    for alert in alerts {
        assert!(document.contains(alert), "{alert} is not explained");
    }
    let text = exposition(&everything()).expect("it can be written");
    let metrics = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let is_old = |metric: &&str| METRICS.iter().any(|one| metric.ends_with(one.old));
    for metric in metrics
        .filter_map(|line| line.split(' ').next())
        .filter(|metric| !is_old(metric))
    {
        assert!(document.contains(metric), "{metric} is not explained");
    }
    for metric in metrics_in(&document) {
        let is_known = text.contains(&metric);
        assert!(is_known, "{metric} is explained and does not exist");
    }
}
