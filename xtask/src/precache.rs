//! `cargo xtask precache`: what the service worker keeps of a build.
//!
//! Trunk calls it after a build, with the folder in `TRUNK_STAGING_DIR`, before `dist/` is
//! replaced. It writes `precache.json`, stamps the same list into `sw.js` and puts a `.br` beside
//! each text and the wasm. It never changes js, wasm or css: their digests already stand in
//! `index.html`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::cli::Flags;
use crate::files;

/// The worker itself and what is made here are not among the files it keeps.
const NOT_KEPT: [&str; 2] = ["sw.js", LIST];
const LIST: &str = "precache.json";

/// The two lines of `sw.js` that are stamped.
const BUILD_LINE: &str = "const BUILD = \"unstamped\";";
const FILES_LINE: &str = "const FILES = [];";

/// Kinds that get smaller under Brotli.
const COMPRESSED: [&str; 7] = ["wasm", "js", "css", "html", "json", "svg", "webmanifest"];

/// Does it for the folder that Trunk names.
pub(crate) fn run(_flags: &Flags) -> Result<()> {
    let staging = std::env::var_os("TRUNK_STAGING_DIR")
        .context("TRUNK_STAGING_DIR is not set: Trunk calls this after a build")?;
    let staging = PathBuf::from(staging);
    let worker = files::read_text(&staging.join("sw.js"))?;
    let listed = list(&staging)?;
    let digest = files::sha256(format!("{worker}{}", Value::Array(listed.clone())).as_bytes());
    files::write(&staging.join("sw.js"), stamp(&worker, &digest, &listed)?)?;
    let whole = json!({ "digest": digest, "files": listed });
    files::write(&staging.join(LIST), serde_json::to_vec(&whole)?)?;
    compress_all(&staging)
}

/// Path, digest and size of each file of the build, sorted by path.
fn list(staging: &Path) -> Result<Vec<Value>> {
    let mut listed = Vec::new();
    for path in files::under(staging)? {
        let name = served_name(staging, &path)?;
        if NOT_KEPT.contains(&name.as_str()) || files::has_extension(&path, &["br"]) {
            continue;
        }
        let bytes = files::read(&path)?;
        listed.push(json!({
            "path": format!("/{name}"),
            "sha256": files::sha256(&bytes),
            "bytes": bytes.len(),
        }));
    }
    Ok(listed)
}

/// The path of a file as the endpoint serves it, without the first slash.
fn served_name(staging: &Path, path: &Path) -> Result<String> {
    let inside = path.strip_prefix(staging)?.to_str();
    let inside = inside.with_context(|| format!("{} has no plain name", path.display()))?;
    Ok(inside.replace('\\', "/"))
}

/// `sw.js` with its build and its list.
fn stamp(worker: &str, digest: &str, listed: &[Value]) -> Result<String> {
    for line in [BUILD_LINE, FILES_LINE] {
        if worker.lines().filter(|&found| found == line).count() != 1 {
            bail!("sw.js must have the line `{line}` once");
        }
    }
    let list = Value::Array(listed.to_vec());
    Ok(worker
        .replace(BUILD_LINE, &format!("const BUILD = \"{digest}\";"))
        .replace(FILES_LINE, &format!("const FILES = {list};")))
}

/// Writes the `.br` of each file that has one.
fn compress_all(staging: &Path) -> Result<()> {
    for path in files::under(staging)? {
        if !files::has_extension(&path, &COMPRESSED) {
            continue;
        }
        let mut beside = path.clone().into_os_string();
        beside.push(".br");
        files::write(Path::new(&beside), brotli(&files::read(&path)?)?)?;
    }
    Ok(())
}

/// Quality 11 and a 4 MiB window: done once a build, read by every tablet.
fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, 11, 22);
    writer.write_all(bytes)?;
    Ok(writer.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_of_the_repository_can_be_stamped() {
        let worker = files::read_text(&crate::shell::root().join("public/sw.js")).unwrap();
        let listed = [json!({ "path": "/a.js", "sha256": "00", "bytes": 1 })];
        let stamped = stamp(&worker, "abc", &listed).unwrap();
        assert!(stamped.contains("const BUILD = \"abc\";"));
        assert!(stamped.contains(r#"const FILES = [{"bytes":1,"path":"/a.js","sha256":"00"}];"#));
        assert!(stamp(&stamped, "abc", &listed).is_err());
    }

    #[test]
    fn brotli_gives_the_bytes_back() {
        let bytes = b"doorstep ".repeat(1000);
        let small = brotli(&bytes).unwrap();
        assert!(small.len() < 100);
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut small.as_slice(), &mut back).unwrap();
        assert_eq!(back, bytes);
    }
}
