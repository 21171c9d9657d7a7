//! One browser with a profile of its own, driven through its driver.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use thirtyfour::prelude::{By, WebDriver, WebElement};
use tokio::process::{Child, Command};

use super::engine::Engine;

/// The key that ends a line.
pub const ENTER: &str = "\u{e007}";

/// A name that leads to this machine and that the browser takes for another one in the network.
pub const LAN_HOST: &str = "doorstep.lan";

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked for.
const BLINK: Duration = Duration::from_millis(25);

/// Keeps what the page's policy forbade, from the first line of every page on, and how to wait
/// where a test takes the page's timers away.
const LISTEN: &str = "globalThis.violations = [];\
    globalThis.pause = setTimeout.bind(globalThis);\
    document.addEventListener('securitypolicyviolation', event =>\
    violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));\
    addEventListener('error', event => violations.push(event.message));\
    addEventListener('unhandledrejection', event => violations.push(`${event.reason}`));";

/// What is visible and holds the words; what is to be pressed is moved to where it can be. By one
/// command: a driver's own answer to "is it displayed" is a script of 40 kB for each element.
const SEEN: &str = "const [css, words, pressed] = arguments;\
    const visible = { opacityProperty: true, visibilityProperty: true };\
    const box = one => one.closest('select') ?? one;\
    const seen = one => box(one).checkVisibility(visible) && box(one).getClientRects().length > 0\
        && (one.innerText ?? one.textContent).includes(words);\
    const found = [...document.querySelectorAll(css)].find(seen);\
    const middle = { behavior: 'instant', block: 'center', inline: 'center' };\
    if (found && pressed) found.scrollIntoView(middle);\
    return found;";

/// A script that asks the body of a function in the page, again and again for half a second, until
/// what it returns is something and not `false`.
fn asked(body: &str) -> String {
    format!(
        "const so = async () => {{ {body} }};\
         return (async () => {{\
             for (let left = 20; left > 0; left -= 1) {{\
                 const said = await so();\
                 if (said) return said;\
                 await new Promise(soon => (globalThis.pause ?? setTimeout)(soon, 25));\
             }}\
             return null;\
         }})()"
    )
}

/// The three sizes of the design, CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Tablet, 1180×820.
    Landscape,
    /// Tablet, 820×1180.
    Portrait,
    /// Telephone, 390×844.
    Phone,
}

impl Size {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Landscape, Self::Portrait, Self::Phone];

    /// Width and height.
    #[must_use]
    pub const fn pixels(self) -> (u32, u32) {
        match self {
            Self::Landscape => (1180, 820),
            Self::Portrait => (820, 1180),
            Self::Phone => (390, 844),
        }
    }
}

/// A browser; its driver and everything below it ends when it is dropped.
#[derive(Debug)]
pub struct Browser {
    driver: WebDriver,
    engine: Engine,
    _program: Child,
    profile: PathBuf,
}

impl Browser {
    /// Opens a browser on a profile folder, which is made where it is missing. The same folder
    /// again is the same tablet.
    ///
    /// # Errors
    /// The browser or its driver cannot be started.
    pub async fn open(profile: &Path, size: Size) -> Result<Self> {
        std::fs::create_dir_all(profile)?;
        let engine = Engine::asked()?;
        let (program, port) = engine.start().await?;
        let wanted = engine.capabilities(profile, size)?;
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await;
        let browser = Self {
            driver: driver.context("the driver gave no session")?,
            engine,
            _program: program,
            profile: profile.to_path_buf(),
        };
        if engine.is_chromium() {
            browser.before_each_page(LISTEN).await?;
        }
        browser.resize(size).await?;
        Ok(browser)
    }

    /// The engine.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// The session, for what is not offered here.
    #[must_use]
    pub const fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Sends a command of the browser's own protocol.
    ///
    /// # Errors
    /// The browser does not take it.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        let answer = self.driver.cdp().send_raw(command, parameters).await;
        answer.with_context(|| command.to_owned())
    }

    /// Runs a script in every page from now on, before anything of the page itself; answers the
    /// name by which [`Self::no_more`] ends that.
    ///
    /// # Errors
    /// The browser does not take it.
    pub async fn before_each_page(&self, script: &str) -> Result<Value> {
        let source = json!({ "source": script });
        self.cdp("Page.addScriptToEvaluateOnNewDocument", source)
            .await
    }

    /// Ends what [`Self::before_each_page`] began; the page that is shown stays as it is.
    ///
    /// # Errors
    /// The browser does not know it.
    pub async fn no_more(&self, script: Value) -> Result<()> {
        self.cdp("Page.removeScriptToEvaluateOnNewDocument", script)
            .await?;
        Ok(())
    }

    /// Gives the page exactly this size.
    ///
    /// # Errors
    /// The browser does not answer.
    pub async fn resize(&self, size: Size) -> Result<()> {
        let (width, height) = size.pixels();
        if !self.engine.is_chromium() {
            // The window and not the page: their drivers size nothing else.
            self.driver.set_window_rect(0, 0, width, height).await?;
            return Ok(());
        }
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics)
            .await?;
        Ok(())
    }

    /// Makes the system ask for dark or light.
    ///
    /// # Errors
    /// The browser does not answer.
    pub async fn dark(&self, dark: bool) -> Result<()> {
        let value = if dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.cdp("Emulation.setEmulatedMedia", media).await?;
        Ok(())
    }

    /// Loads an address: a start of the page from nothing.
    ///
    /// # Errors
    /// It cannot be loaded.
    pub async fn load(&self, address: &str) -> Result<()> {
        let loaded = self.driver.goto(address).await;
        loaded.with_context(|| format!("loading {address}"))?;
        if !self.engine.is_chromium() {
            // Only from here on: their drivers run nothing before a page's own scripts.
            self.script(LISTEN).await?;
        }
        Ok(())
    }

    /// Waits for the first visible element of a CSS selector.
    ///
    /// # Errors
    /// It does not appear; the error holds what the page shows.
    pub async fn wait(&self, css: &str) -> Result<WebElement> {
        self.wait_for_text(css, "").await
    }

    /// Waits for a visible element of a CSS selector whose text holds `words`.
    ///
    /// # Errors
    /// It does not appear; the error holds what the page shows.
    pub async fn wait_for_text(&self, css: &str, words: &str) -> Result<WebElement> {
        self.look(css, words, false).await
    }

    async fn look(&self, css: &str, words: &str, pressed: bool) -> Result<WebElement> {
        let (began, asked) = (Instant::now(), asked(SEEN));
        while began.elapsed() < PATIENCE {
            // A page that was left meanwhile answers with an error: the next one is asked again.
            let wanted = vec![css.into(), words.into(), pressed.into()];
            let found = self.driver.execute(asked.clone(), wanted).await;
            match found.map(|found| found.element()) {
                Ok(Ok(element)) => return Ok(element),
                Ok(Err(_)) => {}
                Err(_) => tokio::time::sleep(BLINK).await,
            }
        }
        bail!(
            "{css} with {words:?} is not there.\n{}",
            self.page_text().await
        )
    }

    /// Waits until nothing matches a CSS selector.
    ///
    /// # Errors
    /// Something still does.
    pub async fn wait_gone(&self, css: &str) -> Result<()> {
        let gone = format!("return document.querySelector({}) === null", json!(css));
        self.until(&format!("that {css} is gone"), &gone, PATIENCE)
            .await
    }

    /// Whether something matches a CSS selector now.
    ///
    /// # Errors
    /// The browser does not answer.
    pub async fn has(&self, css: &str) -> Result<bool> {
        let found = self.driver.find_all(By::Css(css.to_owned())).await?;
        Ok(!found.is_empty())
    }

    /// Waits for an element and presses it.
    ///
    /// # Errors
    /// It does not appear, or cannot be pressed.
    pub async fn click(&self, css: &str) -> Result<()> {
        self.click_text(css, "").await
    }

    /// Waits for an element with these words and presses it.
    ///
    /// # Errors
    /// It does not appear, or cannot be pressed.
    pub async fn click_text(&self, css: &str, words: &str) -> Result<()> {
        let began = Instant::now();
        loop {
            let element = self.look(css, words, true).await?;
            // What was drawn anew or is still covered was not pressed: it is looked for again.
            let Err(error) = element.click().await else {
                return Ok(());
            };
            if began.elapsed() > PATIENCE {
                bail!("{css} with {words:?}: {error}\n{}", self.page_text().await);
            }
            tokio::time::sleep(BLINK).await;
        }
    }

    /// Waits for a field and types into it, key by key.
    ///
    /// # Errors
    /// It does not appear, or takes no keys.
    pub async fn fill(&self, css: &str, text: &str) -> Result<()> {
        let field = self.wait(css).await?;
        let typed = field.send_keys(text).await;
        typed.with_context(|| format!("typing into {css}"))
    }

    /// Chooses a file in a field that need not be visible: a button of the page stands for it.
    ///
    /// # Errors
    /// The field is not there, or takes no file.
    pub async fn choose_file(&self, css: &str, file: &Path) -> Result<()> {
        let path = file.to_str().context("the file's name is text")?;
        let field = self.driver.find(By::Css(css.to_owned())).await?;
        let chosen = field.send_keys(path).await;
        chosen.with_context(|| format!("choosing {path} in {css}"))
    }

    /// The visible text of an element, once it is there.
    ///
    /// # Errors
    /// It does not appear.
    pub async fn text(&self, css: &str) -> Result<String> {
        Ok(self.wait(css).await?.text().await?)
    }

    /// Evaluates the body of a function in the page: `return document.title`.
    ///
    /// # Errors
    /// It throws.
    pub async fn script(&self, body: &str) -> Result<Value> {
        let done = self.driver.execute(body.to_owned(), Vec::new()).await;
        Ok(done.with_context(|| body.to_owned())?.json().clone())
    }

    /// Waits until the body of a function in the page returns true.
    ///
    /// # Errors
    /// It does not within `patience`; the error says that `what` did not come about, and holds
    /// what the page shows.
    pub async fn until(&self, what: &str, body: &str, patience: Duration) -> Result<()> {
        let (began, asked) = (Instant::now(), asked(body));
        loop {
            // A page that was left meanwhile answers with an error: the next one is asked again.
            let said = self.script(&asked).await;
            if matches!(said, Ok(Value::Bool(true))) {
                return Ok(());
            }
            if began.elapsed() > patience {
                let why = said.err().map(|error| format!(" {error:#}."));
                bail!(
                    "{what} did not come about.{}\n{}",
                    why.unwrap_or_default(),
                    self.page_text().await
                );
            }
            tokio::time::sleep(BLINK).await;
        }
    }

    /// What the page's policy forbade and what went wrong unheard since the page was loaded. Every
    /// test asserts that it is empty.
    ///
    /// # Errors
    /// The browser does not answer.
    pub async fn violations(&self) -> Result<Vec<String>> {
        let found = self.script("return globalThis.violations ?? []").await?;
        Ok(serde_json::from_value(found)?)
    }

    /// Draws on an element, for example a signature: points in CSS pixels from its upper left
    /// corner, one stroke each.
    ///
    /// # Errors
    /// It does not appear, or takes no pointer.
    pub async fn draw(&self, css: &str, strokes: &[&[(i64, i64)]]) -> Result<()> {
        let element = self.wait(css).await?;
        element.scroll_into_view().await?;
        // Pointers are led by the window's pixels; an element's own place counts from the page's.
        let corner = "const { left, top } = arguments[0].getBoundingClientRect();\
            return [Math.round(left), Math.round(top)]";
        let corner = self
            .driver
            .execute(corner, vec![element.to_json()?])
            .await?;
        let (left, top): (i64, i64) = corner.convert()?;
        for stroke in strokes {
            let mut chain = self
                .driver
                .action_chain_with_delay(Some(Duration::ZERO), Some(Duration::from_millis(5)));
            for (at, (x, y)) in stroke.iter().enumerate() {
                chain = chain.move_to(left + x, top + y);
                if at == 0 {
                    chain = chain.click_and_hold();
                }
            }
            chain.release().perform().await?;
        }
        Ok(())
    }

    /// A PNG of what the screen shows.
    ///
    /// # Errors
    /// The browser takes none, or the file cannot be written.
    pub async fn picture(&self, file: &Path) -> Result<()> {
        let bytes = self.driver.screenshot_as_png().await?;
        std::fs::write(file, bytes).with_context(|| file.display().to_string())
    }

    /// The page as it prints, on the paper its style asks for: a PDF.
    ///
    /// # Errors
    /// The browser makes none.
    pub async fn pdf(&self) -> Result<Vec<u8>> {
        let wanted = json!({ "preferCSSPageSize": true });
        let made = self.cdp("Page.printToPDF", wanted).await?;
        let data = made.get("data").and_then(Value::as_str).unwrap_or_default();
        let bytes = STANDARD.decode(data);
        bytes.map_err(|error| anyhow!("Page.printToPDF: {error}"))
    }

    /// Ends every process of this browser without warning, as a flat battery does. The profile
    /// stays: [`Self::open`] on it is a cold start.
    ///
    /// # Errors
    /// Its processes cannot be found or ended.
    pub async fn kill(self) -> Result<()> {
        if self.engine == Engine::WebKit {
            // Nothing is left of it either way.
            return self.close().await;
        }
        let ids = self.engine.processes(&self.profile)?;
        let mut command = Command::new("kill");
        command.arg("-9").args(&ids).stderr(Stdio::null());
        // One of them may have ended with its parent.
        command.status().await?;
        for _ in 0..200 {
            if self.engine.processes(&self.profile)?.is_empty() {
                // The session ended with its browser: there is nothing left to close.
                let _gone = self.driver.leak();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("the browser does not end");
    }

    /// Closes the browser properly.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn close(self) -> Result<()> {
        Ok(self.driver.quit().await?)
    }

    async fn page_text(&self) -> String {
        let text = self.script("return document.body.innerText").await;
        let text = text.unwrap_or_default();
        let mut shown = format!("The page shows:\n{}", text.as_str().unwrap_or_default());
        for entry in self.driver.browser_log().await.unwrap_or_default() {
            shown.push_str(&format!("\n{entry:?}"));
        }
        shown
    }
}
