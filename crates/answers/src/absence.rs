//! Planned absence: whose the rows of the files are, and what is said of those that cannot be used.
//!
//! A staff list may name people who are not in the history. Such a row is reported, and the rest counts.

use crate::ask::{Context, Visible};
use presence_config::AbsenceFile;
use presence_core::query::absence::{AbsenceMode, Absences};

use super::asker::Asker;
use super::person::{Candidate, Candidates};
use super::refusal::{FieldName, Refusal};
use super::values::Word;

/// What becomes of planned absence.
const PLANNED_ABSENCE: FieldName = FieldName("planned-absence");

/// So many warnings are written out; of more it is said how many there are.
const WARNINGS_MAX: usize = 20;

/// Planned absence, if the configuration names any; rows that cannot be used are noted with the answer.
pub async fn planned(
    asker: &Asker,
    chosen: Option<Word<AbsenceMode>>,
    context: &Context,
) -> Result<Option<(Absences, AbsenceMode)>, Refusal> {
    if asker.config.file.absences.is_empty() {
        return match chosen {
            None => Ok(None),
            Some(_) => Err(Refusal::of_field(
                PLANNED_ABSENCE,
                "the configuration names none; add a file under [[absences]]",
            )),
        };
    }
    let files = asker.config.absence_files().map_err(Refusal::no_answer)?;
    let mode = chosen.map_or(AbsenceMode::Apart, |word| word.0);
    if mode == AbsenceMode::Ignore {
        return Ok(Some((Absences::default(), mode)));
    }
    let candidates = everybody(context).await?;
    let mut found = Vec::new();
    let mut warnings = Warnings::default();
    for file in &files {
        warnings.extend(file.warnings.iter().cloned());
        for row in &file.rows {
            match candidates.find(&row.person, warnings.has_room()) {
                Ok(extension_id) => found.extend(row.days.iter().map(|days| (extension_id, days))),
                Err(error) => warnings.add(|| file.told(row, &error.to_string())),
            }
        }
    }
    let told = warnings.told(&asker.visible);
    for warning in &told {
        asker.note(format!("warning: {warning}"));
    }
    let mut absences = Absences::with_warnings(told);
    for (extension_id, days) in found {
        absences.add(extension_id, days.clone());
    }
    Ok(Some((absences, mode)))
}

/// Warnings about the rows of a file whose people are not in the history.
pub async fn people_warnings(
    asker: &Asker,
    context: &Context,
    files: &[AbsenceFile],
) -> Result<Vec<String>, Refusal> {
    let candidates = everybody(context).await?;
    let mut warnings = Warnings::default();
    for file in files {
        for row in &file.rows {
            if let Err(error) = candidates.find(&row.person, warnings.has_room()) {
                warnings.add(|| file.told(row, &error.to_string()));
            }
        }
    }
    Ok(warnings.told(&asker.visible))
}

async fn everybody(context: &Context) -> Result<Candidates, Refusal> {
    let extensions = context.everybody().await?;
    Ok(Candidates::new(extensions.iter().map(Candidate::from)))
}

/// Warnings, the first of them written out.
#[derive(Default)]
pub struct Warnings {
    told: Vec<String>,
    count: usize,
}

impl Warnings {
    fn has_room(&self) -> bool {
        self.told.len() < WARNINGS_MAX
    }

    fn add(&mut self, warning: impl FnOnce() -> String) {
        self.count += 1;
        if self.has_room() {
            self.told.push(warning());
        }
    }

    /// Adds warnings.
    pub fn extend(&mut self, warnings: impl IntoIterator<Item = String>) {
        for warning in warnings {
            self.add(|| warning);
        }
    }

    /// The warnings for someone who may see these people: readers who may not see everyone get no names.
    pub fn told(self, visible: &Visible) -> Vec<String> {
        let rows = |count: usize| if count == 1 { "row" } else { "rows" };
        if self.count > 0 && *visible != Visible::Everybody {
            return vec![format!(
                "{} {} of the files of absences cannot be used; `presence config check` lists them",
                self.count,
                rows(self.count)
            )];
        }
        let more = self.count - self.told.len();
        let rest = (more > 0).then(|| {
            format!(
                "{more} more {} of the files of absences cannot be used",
                rows(more)
            )
        });
        self.told.into_iter().chain(rest).collect()
    }
}
