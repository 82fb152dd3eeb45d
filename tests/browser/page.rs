//! What a person does on a page and sees of it. Every function waits until the page shows what it needs, or until it is
//! clear that it never will.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::{Client, key::Key};
use regex::Regex;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::driver::{Added, Screen};

/// The longest time to wait. Only a failing test takes so long.
const TIMEOUT: Duration = Duration::from_mins(2);

/// The key of an element in the driver's answers, as its standard defines it.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The library that finds accessibility problems: see `axe/README.md`.
const AXE: &str = include_str!("axe/axe.min.js");

/// The folder for screenshots.
const PICTURES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/browser");

/// Functions that the scripts below may use.
const WORDS: &str = r"
    const flat = (text) => text.replace(/\s+/g, ' ').trim();
    const isVisible = (element) => {
        const { width, height } = element.getBoundingClientRect();
        return width > 0 && height > 0 && element.checkVisibility({ visibilityProperty: true });
    };
    const all = (selector) => [...document.querySelectorAll(selector)];
    const labels = (control) => [...(control.labels ?? [])].map((label) => flat(label.textContent));
    const labelled = (fits) => all('input, select, textarea').filter((control) => labels(control).some(fits));
    const named = (selector, name) => all(selector).filter((one) => flat(one.textContent) === name && isVisible(one));
    const found = {
        css: (selector) => all(selector),
        visible: (selector) => all(selector).filter(isVisible),
        label: (text) => labelled((label) => label === text),
        labelStart: (text) => labelled((label) => label.startsWith(text)),
        labelPart: (text) => labelled((label) => label.toLowerCase().includes(text.toLowerCase())),
        link: (name) => named('a[href]', name),
        button: (name) => named('button', name),
    };
";

/// How a test refers to an element.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// The element that a CSS selector selects.
    Css(&'a str),
    /// Of the visible elements that a CSS selector selects, the one with this index, from 0.
    Visible(&'a str, usize),
    /// The control with exactly this label.
    Label(&'a str),
    /// The control whose label begins with this text.
    LabelStart(&'a str),
    /// The control whose label contains this text, in upper or lower case.
    LabelPart(&'a str),
    /// The visible link with this text.
    Link(&'a str),
    /// The visible button with this text.
    Button(&'a str),
}

impl Target<'_> {
    /// The name of its function, the argument, and which of several matches is meant.
    fn parts(&self) -> (&'static str, &str, Option<usize>) {
        match self {
            Self::Css(text) => ("css", text, None),
            Self::Visible(text, number) => ("visible", text, Some(*number)),
            Self::Label(text) => ("label", text, None),
            Self::LabelStart(text) => ("labelStart", text, None),
            Self::LabelPart(text) => ("labelPart", text, None),
            Self::Link(text) => ("link", text, None),
            Self::Button(text) => ("button", text, None),
        }
    }
}

/// Where an element is on the screen, in pixels.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Place {
    /// The point at a fraction of its width, at half its height.
    pub(crate) fn at(&self, part: f64) -> (f64, f64) {
        (self.x + self.width * part, self.y + self.height / 2.0)
    }
}

/// The one page that a browser shows.
pub(crate) struct Page {
    client: Client,
    root: String,
}

impl Page {
    pub(crate) fn new(client: Client, root: String) -> Self {
        Self { client, root }
    }

    /// A command of the browser's developer protocol.
    async fn developer(&self, name: &str, parameters: &Value) -> Value {
        let command = json!({"cmd": name, "params": parameters});
        let done = self.client.issue_cmd(Added("goog/cdp/execute", command));
        done.await.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The page as a PDF file, on A4.
    pub(crate) async fn printed(&self) -> Vec<u8> {
        let a4 = json!({"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": true});
        let printed = self.developer("Page.printToPDF", &a4).await;
        let data = printed["data"].as_str().expect("it is printed");
        STANDARD.decode(data).expect("it is base64")
    }

    pub(crate) async fn set_screen(&self, screen: Screen) {
        let size = json!({
            "width": screen.width,
            "height": Screen::HEIGHT,
            "deviceScaleFactor": 1,
            "mobile": false,
        });
        self.developer("Emulation.setDeviceMetricsOverride", &size)
            .await;
        let scheme = json!({"name": "prefers-color-scheme", "value": screen.scheme});
        self.developer("Emulation.setEmulatedMedia", &json!({"features": [scheme]}))
            .await;
        let script = json!({"value": !screen.has_script});
        self.developer("Emulation.setScriptExecutionDisabled", &script)
            .await;
    }

    /// Shows pages as they would be printed.
    pub(crate) async fn set_paper(&self) {
        self.developer("Emulation.setEmulatedMedia", &json!({"media": "print"}))
            .await;
    }

    /// Opens a page of the office; returns the status of the answer.
    pub(crate) async fn open(&self, path: &str) -> u64 {
        let address = format!("{}{path}", self.root);
        let opened = self.client.goto(&address).await;
        opened.unwrap_or_else(|error| panic!("{address}: {error}"));
        let status = "return performance.getEntriesByType('navigation')[0].responseStatus";
        let status = self.evaluate(status, &[]).await;
        status.as_u64().expect("every answer has a status")
    }

    /// Opens another tab, with an address in it.
    pub(crate) async fn open_tab(&self, path: &str) {
        let tab = self.client.new_window(true).await;
        let tab = tab.expect("a browser has any number of tabs");
        let switched = self.client.switch_to_window(tab.handle).await;
        switched.expect("it is there");
        self.open(path).await;
    }

    /// Opens something that the browser would download instead of showing it.
    pub(crate) async fn download(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.root)).await.ok();
    }

    /// The errors that the browser has reported since the last call.
    pub(crate) async fn errors(&self) -> Vec<String> {
        let log = self
            .client
            .issue_cmd(Added("se/log", json!({"type": "browser"})))
            .await
            .expect("the driver keeps a log");
        let entries = log.as_array().expect("a log has entries").iter();
        let errors = entries.filter(|entry| entry["level"] == "SEVERE");
        errors.map(|entry| entry["message"].to_string()).collect()
    }

    /// What a script returns.
    pub(crate) async fn evaluate(&self, script: &str, arguments: &[Value]) -> Value {
        let returned = self.client.execute(script, arguments.to_vec()).await;
        returned.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What a script passes to `done`.
    async fn evaluate_later(&self, script: &str, arguments: &[Value]) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        let handed = self.client.execute_async(&script, arguments.to_vec()).await;
        handed.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Repeats `attempt` until it succeeds.
    async fn until<T>(&self, wanted: &str, attempt: impl AsyncFn() -> Result<T, String>) -> T {
        let mut last = String::new();
        let trying = async {
            loop {
                match attempt().await {
                    Ok(found) => return found,
                    Err(reason) => last = reason,
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        let tried = timeout(TIMEOUT, trying).await;
        tried.unwrap_or_else(|_| panic!("{wanted}: {last}"))
    }

    /// The element, if it is the only match.
    async fn element(&self, target: Target<'_>) -> Result<Element, String> {
        let (kind, text, number) = target.parts();
        let script = format!("{WORDS} return found[arguments[0]](arguments[1])");
        let found = self
            .client
            .execute(&script, vec![json!(kind), json!(text)])
            .await
            .map_err(said)?;
        let found = found.as_array().ok_or("no list of elements")?;
        let one = match number {
            Some(number) => found.get(number),
            None if found.len() > 1 => return Err(format!("there are {} of it", found.len())),
            None => found.first(),
        };
        let id = one.and_then(|one| one[ELEMENT].as_str());
        let id = id.ok_or_else(|| format!("there are {} of it", found.len()))?;
        let id = ElementRef::from(id.to_owned());
        Ok(Element::from_element_id(self.client.clone(), id))
    }

    /// Does something with an element as soon as that is possible.
    async fn with<T>(
        &self,
        target: Target<'_>,
        action: impl AsyncFn(Element) -> Result<T, CmdError>,
    ) -> T {
        let attempt = async || action(self.element(target).await?).await.map_err(said);
        self.until(&format!("{target:?}"), attempt).await
    }

    /// What a script returns about an element, which is its first argument.
    pub(crate) async fn about(&self, target: Target<'_>, script: &str) -> Value {
        self.with(target, async |element| {
            self.client.execute(script, vec![json!(element)]).await
        })
        .await
    }

    /// An element's whole text, visible or not.
    pub(crate) async fn text(&self, target: Target<'_>) -> String {
        let text = self.about(target, "return arguments[0].textContent").await;
        text.as_str().expect("every element has a text").to_owned()
    }

    /// Waits until an element can be seen and its text, with single spaces, matches.
    pub(crate) async fn wait_for(&self, selector: &str, pattern: &str) -> String {
        let pattern = Regex::new(pattern).expect("it is a pattern");
        let script =
            format!("{WORDS} return isVisible(arguments[0]) ? flat(arguments[0].innerText) : null");
        self.until(&format!("{selector} with {pattern}"), async || {
            let element = self.element(Target::Css(selector)).await?;
            let text = self.client.execute(&script, vec![json!(element)]).await;
            match text.map_err(said)?.as_str() {
                Some(text) if pattern.is_match(text) => Ok(text.to_owned()),
                Some(text) => Err(format!("it is {text:?}")),
                None => Err("it is not visible".to_owned()),
            }
        })
        .await
    }

    /// Waits until a CSS selector selects nothing.
    pub(crate) async fn wait_until_gone(&self, selector: &str) {
        self.until(selector, async || match self.count(selector).await {
            0 => Ok(()),
            count => Err(format!("there are {count} of it")),
        })
        .await;
    }

    /// Waits until the page's address matches.
    pub(crate) async fn wait_for_address(&self, pattern: &str) {
        let pattern = Regex::new(pattern).expect("it is a pattern");
        self.until(pattern.as_str(), async || {
            let address = self.client.current_url().await.map_err(said)?;
            let is_there = pattern.is_match(address.as_str());
            is_there.then_some(()).ok_or_else(|| address.to_string())
        })
        .await;
    }

    /// How many elements a CSS selector selects.
    pub(crate) async fn count(&self, selector: &str) -> u64 {
        let script = "return document.querySelectorAll(arguments[0]).length";
        let count = self.evaluate(script, &[json!(selector)]).await;
        count.as_u64().expect("it is a count")
    }

    /// Whether the one element that a CSS selector selects can be seen.
    pub(crate) async fn is_visible(&self, selector: &str) -> bool {
        let script = format!("{WORDS} return isVisible(arguments[0])");
        self.about(Target::Css(selector), &script).await == json!(true)
    }

    pub(crate) async fn title(&self) -> String {
        self.client.title().await.expect("a page has a title")
    }

    /// The page's address.
    pub(crate) async fn address(&self) -> url::Url {
        let address = self.client.current_url().await;
        address.expect("a page has an address")
    }

    pub(crate) async fn click(&self, target: Target<'_>) {
        self.with(target, async |element| element.click().await)
            .await;
    }

    pub(crate) async fn fill(&self, target: Target<'_>, text: &str) {
        self.with(target, async |element| {
            element.clear().await?;
            element.send_keys(text).await
        })
        .await;
    }

    /// Ticks a box.
    pub(crate) async fn check(&self, target: Target<'_>) {
        self.with(target, async |element| {
            if !element.is_selected().await? {
                element.click().await?;
            }
            Ok(())
        })
        .await;
        let is_checked = self.about(target, "return arguments[0].checked").await;
        assert_eq!(is_checked, json!(true), "{target:?}");
    }

    /// Chooses an option by its value.
    pub(crate) async fn select(&self, target: Target<'_>, value: &str) {
        self.with(target, async |element| element.select_by_value(value).await)
            .await;
    }

    pub(crate) async fn focus(&self, target: Target<'_>) {
        self.about(target, "arguments[0].focus()").await;
    }

    pub(crate) async fn press(&self, key: Key) {
        let value = char::from(key);
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        let done = self.client.perform_actions(keys).await;
        done.unwrap_or_else(|error| panic!("{key:?}: {error}"));
    }

    /// Scrolls to an element; returns where it is then.
    pub(crate) async fn place_of(&self, target: Target<'_>) -> Place {
        let script = "
            arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' });
            const { x, y, width, height } = arguments[0].getBoundingClientRect();
            return [x, y, width, height];
        ";
        let place = self.about(target, script).await;
        let number = |index: usize| place[index].as_f64().expect("it is a number");
        Place {
            x: number(0),
            y: number(1),
            width: number(2),
            height: number(3),
        }
    }

    async fn mouse(&self, actions: impl IntoIterator<Item = PointerAction>) {
        let mouse = MouseActions::new("mouse".to_owned());
        let mouse = actions.into_iter().fold(mouse, MouseActions::then);
        let done = self.client.perform_actions(mouse).await;
        done.unwrap_or_else(|error| panic!("the mouse: {error}"));
    }

    pub(crate) async fn point_at(&self, point: (f64, f64)) {
        self.mouse([move_to(point)]).await;
    }

    pub(crate) async fn click_at(&self, point: (f64, f64)) {
        let button = MOUSE_BUTTON_LEFT;
        let click = [PointerAction::Down { button }, PointerAction::Up { button }];
        self.mouse([move_to(point)].into_iter().chain(click)).await;
    }

    /// Moves with the button pressed, in five steps.
    pub(crate) async fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let button = MOUSE_BUTTON_LEFT;
        let step = |part: f64| {
            move_to((
                from.0 + (to.0 - from.0) * part,
                from.1 + (to.1 - from.1) * part,
            ))
        };
        let steps = [0.2, 0.4, 0.6, 0.8, 1.0].map(step);
        let start = [move_to(from), PointerAction::Down { button }];
        let end = [PointerAction::Up { button }];
        self.mouse(start.into_iter().chain(steps).chain(end)).await;
    }

    /// The text of the server's answer to a request that the page makes.
    pub(crate) async fn fetch(&self, address: &str) -> String {
        let script = "fetch(arguments[0]).then((answer) => answer.text()).then(done, (error) => done(String(error)))";
        let text = self.evaluate_later(script, &[json!(address)]).await;
        text.as_str().expect("a text").to_owned()
    }

    /// The accessibility problems of the page.
    pub(crate) async fn faults(&self) -> Vec<String> {
        let script = "
            axe.run().then(({ violations }) => {
                const bad = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
                const examples = (fault) => fault.nodes.slice(0, 3).map((node) => node.html).join(' | ');
                done({ rules: axe.getRules().length, faults: bad.map((fault) => `${fault.id}: ${examples(fault)}`) });
            }, (error) => done({ rules: 0, faults: [String(error)] }));
        ";
        let found = self.evaluate_later(&format!("{AXE};\n{script}"), &[]).await;
        assert!(found["rules"].as_u64() > Some(50), "{found}");
        let faults = found["faults"].as_array().expect("a list");
        faults.iter().map(Value::to_string).collect()
    }

    /// How many pixels the page is wider than the screen.
    pub(crate) async fn overflow(&self) -> f64 {
        let script = "return document.documentElement.scrollWidth - innerWidth";
        let overflow = self.evaluate(script, &[]).await;
        overflow.as_f64().expect("it is a number")
    }

    /// Takes a screenshot once all animations have ended.
    pub(crate) async fn keep_picture(&self, name: &str) {
        let script = "
            for (const animation of document.getAnimations()) {
                if (animation.effect?.getComputedTiming().endTime === Infinity) animation.cancel();
                else animation.finish();
            }
        ";
        self.evaluate(script, &[]).await;
        let picture = self.client.screenshot().await;
        let picture = picture.expect("the screen can be shown");
        std::fs::create_dir_all(PICTURES).expect("a folder can be made");
        let file = Path::new(PICTURES).join(format!("{name}.png"));
        std::fs::write(file, picture).expect("it is written");
    }
}

fn move_to((x, y): (f64, f64)) -> PointerAction {
    PointerAction::MoveTo {
        duration: None,
        x,
        y,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` takes")]
fn said(error: CmdError) -> String {
    error.to_string()
}
