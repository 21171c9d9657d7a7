//! `doorstep evidence` and `doorstep verify`, as they are typed.

use crate::server_support::{Endpoint, Folder, dist, doorstep, printed, station_data};

#[test]
fn a_case_goes_out_as_a_file_and_is_checked() {
    let folder = Folder::new();
    let data = station_data(&folder);
    Endpoint::start(&data, &dist(&folder), &["--training"]).stop();
    let (data, out) = (data.to_str().unwrap(), folder.join("case.html"));
    let out = out.to_str().unwrap();
    let written = [
        "evidence", "--data", data, "--case", "B1-0355", "--out", out,
    ];
    assert_eq!(printed(&written), "12 entries of B1-0355, 0 photos\n");
    let root = printed(&["root", "--data", data]);
    let said = printed(&["verify", out, "--root", root.trim()]);
    assert!(said.ends_with("\nsound\n"), "{said}");
    let said = printed(&["verify", out]);
    assert!(said.contains("agrees with itself"), "{said}");
    let text = std::fs::read_to_string(out).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let first = lines.iter().position(|line| line == "# entries").unwrap() + 1;
    lines[first] = lines[first].replacen("\"officer\"", "\"manager\"", 1);
    std::fs::write(out, lines.join("\n") + "\n").unwrap();
    let output = doorstep(&["verify", out, "--root", root.trim()]);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let named = format!(
        "line {}: this entry is not shown to be its author's",
        first + 1
    );
    assert!(said.contains(&named), "{said}");
    let none = [
        "evidence", "--data", data, "--case", "B9-9999", "--out", out,
    ];
    assert!(!doorstep(&none).status.success());
}
