//! Which screens there are, and how to come to each.

use acceptance::browser::{Browser, tablet};
use anyhow::{Context, Result};

/// One screen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shot {
    /// The design's number and name: name of the picture.
    pub(crate) name: &'static str,
    /// Who is acting.
    person: &'static str,
    /// Where it is; `{case}` stands for the id of the case.
    path: &'static str,
    /// Short number of the case it shows; empty for none.
    case: &'static str,
    /// What is pressed there, CSS selectors in order.
    presses: &'static [&'static str],
}

const OFFICER: &str = "林曉雯";
const HEAD: &str = "陳志明";
const MANAGER: &str = "何麗華";

/// Who has signed in on the tablet.
pub(crate) const PEOPLE: [&str; 3] = [HEAD, MANAGER, OFFICER];

/// Every screen, in the design's order. The last one hands the tablet to a resident.
pub(crate) const SHOTS: &[Shot] = &[
    place("01-today", OFFICER, "/"),
    place("02a-unit-picker", OFFICER, "/intake"),
    Shot {
        presses: &["[data-testid='section-2']"],
        ..place("02-intake", OFFICER, "/intake")
    },
    Shot {
        presses: &["[data-testid='section-3']"],
        ..place("02b-severity", OFFICER, "/intake")
    },
    Shot {
        presses: &["[data-testid='section-4']"],
        ..place("02d-handling", OFFICER, "/intake")
    },
    place("03-cases", OFFICER, "/cases"),
    case("03-case", OFFICER, "/cases/{case}", "B3-0395"),
    case("03-case-archived", OFFICER, "/cases/{case}", "B1-0355"),
    Shot {
        presses: &["[data-testid='step-contacted'] button"],
        ..case("03d-contact", OFFICER, "/cases/{case}", "B3-0419")
    },
    Shot {
        presses: &["[data-testid='step-measures_filled'] button"],
        ..case("03b-measures", HEAD, "/cases/{case}", "B1-0421")
    },
    Shot {
        presses: &["[data-testid='step-opinion'] button"],
        ..case("03e-opinion", MANAGER, "/cases/{case}", "B3-0396")
    },
    place("03f-opinions", MANAGER, "/opinions"),
    place("04a-visits", OFFICER, "/visits"),
    case("04b-opinion", OFFICER, "/visits/{case}", "B3-0402"),
    case("04e-nosign", OFFICER, "/visits/{case}/unsigned", "B3-0402"),
    place("05-sync", OFFICER, "/device"),
    case(
        "08-form-disposition",
        OFFICER,
        "/cases/{case}/form",
        "B1-0355",
    ),
    case("08-form-open", OFFICER, "/cases/{case}/form", "B3-0402"),
    Shot {
        presses: &["[data-testid='who']", "[data-testid='person']"],
        ..place("09-unlock", OFFICER, "/")
    },
    Shot {
        presses: &[
            "[data-testid='who']",
            "[data-testid='other-person']",
            "[data-testid='training-person']",
        ],
        ..place("09b-sign-in", OFFICER, "/")
    },
    place("12-not-here", OFFICER, "/cases/none"),
    // Forms with something in them; each goes on with what the one before left in its draft.
    Shot {
        // 5 棟; eighth floor of 18, third door.
        presses: &[
            ".unit-two > section .chip:nth-child(5)",
            ".ug .ur:nth-child(11) .ucs button:nth-child(3)",
        ],
        ..place("02e-unit-picked", OFFICER, "/intake")
    },
    Shot {
        presses: &[
            "[data-testid='resume']",
            "[data-testid='section-2']",
            "#intake-on-spot-aside button:nth-child(2)",
            "[data-testid='section-4']",
        ],
        ..place("02f-passed-on", OFFICER, "/intake")
    },
    Shot {
        presses: &[
            "#view-intake button:nth-child(2)",
            "#view-measures button:nth-child(1)",
            "#view-result button:nth-child(1)",
            "#agreement button:nth-child(1)",
        ],
        ..case("04c-answered", OFFICER, "/visits/{case}", "B3-0402")
    },
    Shot {
        presses: &["[data-testid='hand-over']"],
        ..case("04d-sign", OFFICER, "/visits/{case}", "B3-0402")
    },
];

const fn place(name: &'static str, person: &'static str, path: &'static str) -> Shot {
    case(name, person, path, "")
}

const fn case(
    name: &'static str,
    person: &'static str,
    path: &'static str,
    case: &'static str,
) -> Shot {
    Shot {
        name,
        person,
        path,
        case,
        presses: &[],
    }
}

/// Comes to a screen.
pub(crate) async fn prepare(browser: &Browser, address: &str, shot: &Shot) -> Result<()> {
    // From nothing, so that no sheet of the screen before is open.
    browser.load(address).await?;
    tablet::pick(browser, shot.person).await?;
    let mut path = shot.path.to_owned();
    if !shot.case.is_empty() {
        tablet::go(browser, "/cases").await?;
        let row = format!(
            "return [...document.querySelectorAll('li, .ll-row')]\
             .find(row => row.innerText.includes({:?}))\
             ?.querySelector('a[href^=\"/cases/\"]')?.getAttribute('href')",
            shot.case
        );
        browser.wait("[data-testid='cases'] a").await?;
        browser.click_text(".chip", "全部").await?;
        let href = browser.script(&row).await?;
        let href = href.as_str().context("the case is not in the list")?;
        path = path.replace("{case}", href.trim_start_matches("/cases/"));
    }
    tablet::go(browser, &path).await?;
    for press in shot.presses {
        browser.click(press).await?;
    }
    Ok(())
}

/// Waits until the page stands still: fonts are there and what moves has arrived.
pub(crate) async fn settle(browser: &Browser) -> Result<()> {
    let still = "return document.fonts.ready.then(() => new Promise(done => \
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 300)))))\
        .then(() => true)";
    browser.script(still).await?;
    Ok(())
}
