//! The site file, the training site and its explanation.

use std::time::Duration;

use serde_json::{Value, json};

use crate::server_support::{
    Endpoint, Folder, SITE, Station, dist, doorstep, import, importing, printed, refused,
    station_data,
};

#[test]
fn an_import_says_what_is_new_changed_gone_and_refused() {
    let folder = Folder::new();
    std::fs::write(folder.join("site.csv"), SITE).unwrap();
    let dry = import(&folder, "site.csv", &["--dry-run"]);
    assert!(
        dry.contains("人員  new 2  changed 0  gone 0  unchanged 0"),
        "{dry}"
    );
    assert!(dry.contains("nothing written"), "{dry}");
    let first = import(&folder, "site.csv", &[]);
    assert!(
        first.contains("+ 住戶 H1 張慧") && first.contains("refused 0"),
        "{first}"
    );
    let again = import(&folder, "site.csv", &[]);
    assert!(
        again.contains("住戶  new 0  changed 0  gone 0  unchanged 1"),
        "{again}"
    );
    assert!(again.contains("0 entries written"), "{again}");
    let changed = SITE
        .replace(
            "人員,S02,,,,,周建國,,服務站站長,\n",
            "人員,S03,,,,,何麗華,,物業經理,\n",
        )
        .replace("13700003318", "１３７００００９９９９")
        + "住戶,H2,,6,,999,某人,,,\n人員,S04,,,,,某乙,,廚師,\n";
    // As spreadsheets write "Unicode text": UTF-16 with its mark.
    let mut wide = vec![0xff, 0xfe];
    wide.extend(changed.encode_utf16().flat_map(u16::to_le_bytes));
    std::fs::write(folder.join("site.csv"), wide).unwrap();
    let second = importing(&folder, "site.csv", &[]);
    assert!(!second.status.success());
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(told.contains("2 rows were refused"), "{told}");
    let second = String::from_utf8(second.stdout).unwrap();
    for line in [
        "+ 人員 S03 何麗華",
        "- 人員 S02 周建國",
        "~ 住戶 H1 張慧",
        "人員  new 1  changed 0  gone 1  unchanged 1",
        "refused 2",
        "3 entries written",
    ] {
        assert!(second.contains(line), "{line}\n{second}");
    }
    assert!(
        second.contains("! row 9: ") && second.contains("! row 10: "),
        "{second}"
    );
    std::fs::write(folder.join("site.csv"), SITE).unwrap();
    let back = import(&folder, "site.csv", &[]);
    assert!(back.contains("~ 人員 S02 周建國"), "{back}");
}

#[test]
fn a_file_for_another_site_or_none_is_refused_as_a_whole() {
    let folder = Folder::new();
    std::fs::write(folder.join("site.csv"), SITE).unwrap();
    import(&folder, "site.csv", &[]);
    let data = station_data(&folder);
    let data = data.to_str().unwrap();
    for text in [
        SITE.replace("站點,YS", "站點,ZZ"),
        "no heading\n".to_owned(),
    ] {
        let file = folder.join("other.csv");
        std::fs::write(&file, text).unwrap();
        let output = doorstep(&["site", "import", file.to_str().unwrap(), "--data", data]);
        assert!(!output.status.success());
        assert!(!output.stderr.is_empty() && output.stdout.is_empty());
    }
}

#[test]
fn an_import_reaches_tablets_while_the_endpoint_runs() {
    let station = Station::new();
    let mut tablet = station.endpoint.join("前台");
    let more = SITE.to_owned() + "人員,S05,,,,,徐靜,,客服人員,客服部\n";
    std::fs::write(station.folder.join("site.csv"), more).unwrap();
    import(&station.folder, "site.csv", &[]);
    tablet.sync_all().unwrap();
    let staff = tablet.staff("徐靜").unwrap();
    let code = station.endpoint.sign_in_code("徐靜");
    tablet.sign_in(&code, None).unwrap();
    assert_eq!(tablet.tablet.person(), Some(staff));
    assert!(tablet.tablet.can_sign());
}

/// The clock of a case that `doorstep explain --json` tells at 10:42.
fn clock<'e>(explained: &'e Value, number: &str, clock: &str) -> &'e Value {
    let cases = explained.as_array().unwrap();
    let case = cases
        .iter()
        .find(|case| case["number"] == format!("YS26-{number}"));
    let clocks = case.unwrap_or_else(|| panic!("{number}"))["clocks"]
        .as_array()
        .unwrap();
    clocks
        .iter()
        .find(|reading| reading["clock"] == clock)
        .unwrap_or_else(|| panic!("{clock}"))
}

/// Case, clock, state and due at 10:42, as the design's pictures of that morning show them.
const EXPECTED: [(&str, &str, &str, &str); 16] = [
    // Over by 1:12 at 10:42.
    (
        "B3-0409",
        "P-feedback",
        "overdue",
        "2026-11-24T09:30:00+08:00",
    ),
    (
        "B3-0417",
        "P-completion",
        "due_soon",
        "2026-11-24T12:00:00+08:00",
    ),
    (
        "B3-0402",
        "P-revisit-minor",
        "due_soon",
        "2026-11-24T12:35:00+08:00",
    ),
    (
        "B3-0398",
        "P-revisit-minor",
        "running",
        "2026-11-24T16:20:00+08:00",
    ),
    (
        "B2-0401",
        "P-revisit-minor",
        "running",
        "2026-11-24T17:05:00+08:00",
    ),
    (
        "B3-0405",
        "P-revisit-minor",
        "running",
        "2026-11-24T17:40:00+08:00",
    ),
    (
        "B3-0408",
        "P-revisit-minor",
        "running",
        "2026-11-25T09:20:00+08:00",
    ),
    (
        "B3-0419",
        "P-feedback",
        "running",
        "2026-11-25T10:16:00+08:00",
    ),
    (
        "B3-0411",
        "P-revisit-minor",
        "met",
        "2026-11-24T11:05:00+08:00",
    ),
    (
        "B3-0396",
        "P-revisit-minor",
        "met",
        "2026-11-24T10:45:00+08:00",
    ),
    (
        "B1-0421",
        "P-measures",
        "overdue",
        "2026-11-24T10:16:00+08:00",
    ),
    (
        "B2-0419",
        "P-measures",
        "running",
        "2026-11-24T11:16:00+08:00",
    ),
    (
        "B1-0418",
        "P-completion",
        "running",
        "2026-11-24T17:52:00+08:00",
    ),
    ("B3-0417", "P-measures", "met", "2026-11-23T16:24:00+08:00"),
    ("B3-0417", "P-feedback", "met", "2026-11-24T15:20:00+08:00"),
    ("B3-0417", "P-month", "running", "2026-12-23T15:20:00+08:00"),
];

#[test]
fn the_training_site_shows_the_clocks_of_its_morning() {
    let folder = Folder::new();
    let data = station_data(&folder);
    let endpoint = Endpoint::start(&data, &dist(&folder), &["--training"]);
    let data = data.to_str().unwrap();
    let at = "2026-11-24T10:42:00+08:00";
    let text = printed(&["explain", "--data", data, "--at", at, "--json"]);
    let explained: Value = serde_json::from_str(&text).unwrap();
    for (number, name, state, due) in EXPECTED {
        let reading = clock(&explained, number, name);
        assert_eq!(reading["state"], state, "{number} {name}");
        assert_eq!(reading["due"], due, "{number} {name}");
        assert_eq!(reading["uncertain"], false, "{number} {name}");
    }
    let cases = explained.as_array().unwrap();
    let of = |number: &str| {
        cases
            .iter()
            .find(|case| case["number"] == format!("YS26-{number}"))
            .unwrap()
    };
    assert_eq!(of("B1-0355")["phase"], "archived");
    assert_eq!(of("B3-0395")["to_decide"].as_array().unwrap().len(), 1);
    assert!(cases.iter().all(|case| case["incomplete"] == json!(false)));

    let tablet = endpoint.join("四號");
    assert_eq!(tablet.joined.code, "B4");
    let time = tablet.joined.training.unwrap().now_ms;
    assert!((0..60_000).contains(&(time - 1_795_488_120_000)), "{time}");
    assert_eq!(tablet.tablet.cases().len(), cases.len());

    assert_eq!(
        printed(&["root", "--data", data]).trim_end(),
        tablet.joined.root.to_string()
    );

    let out = folder.join("case.txt");
    let out = out.to_str().unwrap();
    printed(&["export", "--data", data, "--case", "B3-0417", "--out", out]);
    let file = record::export::EntryFile::parse(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!(record::check::file(&file, &tablet.joined.root), []);
    let told = printed(&["explain", out, "--at", at]);
    assert!(
        told.contains("department receipt 2026-11-23 15:24 + 1 h = 2026-11-23 16:24"),
        "{told}"
    );
}

#[test]
fn a_training_sites_clock_runs_on_while_the_endpoint_does_not() {
    let folder = Folder::new();
    let (data, dist) = (station_data(&folder), dist(&folder));
    let time = |more: &[&str]| {
        let endpoint = Endpoint::start(&data, &dist, more);
        endpoint.join("四號").joined.training.unwrap().now_ms
    };
    let first = time(&["--training"]);
    std::thread::sleep(Duration::from_millis(1_200));
    let second = time(&["--training"]);
    assert!(
        (1_200..60_000).contains(&(second - first)),
        "{first} {second}"
    );
    let set = time(&["--training", "--clock", "2026-12-24T10:42:00+08:00"]);
    let third = time(&["--training"]);
    assert!(set - second > 29 * 86_400_000, "{second} {set}");
    assert!((0..60_000).contains(&(third - set)), "{set} {third}");
}

#[test]
fn the_training_site_and_a_real_one_share_no_folder() {
    let (real, training) = (Station::new(), Folder::new());
    real.endpoint.stop();
    Endpoint::start(&station_data(&training), &dist(&training), &["--training"]).stop();
    let serve = |folder: &Folder, more: &[&str]| {
        let (data, dist) = (station_data(folder), dist(folder));
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0"];
        arguments.extend(["--data", data.to_str().unwrap()]);
        arguments.extend(["--dist", dist.to_str().unwrap()]);
        arguments.extend(more);
        refused(&arguments)
    };
    let said = serve(&real.folder, &["--training"]);
    assert!(said.contains("is no training site"), "{said}");
    let said = serve(&training, &[]);
    assert!(said.contains("holds the training site"), "{said}");
    Endpoint::start(&station_data(&real.folder), &dist(&real.folder), &[]).stop();
}

#[test]
fn a_row_of_no_kind_that_is_known_keeps_all_from_being_retired() {
    let folder = Folder::new();
    std::fs::write(folder.join("site.csv"), SITE).unwrap();
    import(&folder, "site.csv", &[]);
    let misspelt = SITE.replacen("\n人員,S02", "\n人员,S02", 1);
    assert_ne!(misspelt, SITE);
    std::fs::write(folder.join("site.csv"), misspelt).unwrap();
    let data = station_data(&folder);
    let file = folder.join("site.csv");
    let (file, data) = (file.to_str().unwrap(), data.to_str().unwrap());
    let output = doorstep(&["site", "import", file, "--data", data]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("unknown kind"), "{said}");
    assert!(!said.contains("- 人員"), "{said}");
}
