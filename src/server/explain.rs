//! `doorstep explain`: how cases stand at a time, from an entry file or from the database. The
//! JSON is that of [`domain::explain::Explanation`], one object a case in a list.

use std::collections::BTreeMap;
use std::path::Path;

use domain::act::Act;
use domain::explain::{Explanation, explain as explain_case};
use domain::id;
use domain::procedure::Procedure;
use domain::recorded::{Author, Order, Recorded, Standing};
use domain::time::{Instant, Span, Zone};
use record::erasure;
use record::export::EntryFile;
use record::verdict::{self, standings};
use record::{CaseId, DeviceId, Entry, Hash, Receipt, StreamId};

use crate::error::ServerError;
use crate::export::{bears, collect, open_existing};
use crate::serve::Data;
use crate::store::Store;

/// Explains one case or all, in lines or in JSON.
///
/// # Errors
/// Where file or database cannot be read, or no case bears the number.
pub async fn explain(
    file: Option<&Path>,
    data: &Path,
    case: Option<String>,
    at_ms: i64,
    json: bool,
) -> Result<String, ServerError> {
    let entries = match file {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(ServerError::file(path))?;
            EntryFile::parse(&bytes).map_err(|error| invalid(path, &error))?
        }
        None => {
            let Data { store, .. } = open_existing(data).await?;
            collect(&mut store.read().await?, case.as_deref()).await?
        }
    };
    let explained = explain_file(&entries, case.as_deref(), Instant(at_ms))?;
    if explained.is_empty() {
        let which = case.map_or_else(String::new, |number| format!(" {number}"));
        return Err(ServerError::NotFound(format!("there is no case{which}")));
    }
    if json {
        let text = serde_json::to_string_pretty(&explained);
        let text = text.map_err(|error| ServerError::Invalid(error.to_string()))?;
        return Ok(format!("{text}\n"));
    }
    let texts: Vec<String> = explained.iter().map(Explanation::to_text).collect();
    Ok(texts.join("\n"))
}

fn invalid(path: &Path, error: &dyn std::error::Error) -> ServerError {
    ServerError::Invalid(format!("{}: {error}", path.display()))
}

/// Explains the cases of an entry file, by number.
///
/// # Errors
/// Where the procedure cannot be read or the file holds no site.
pub fn explain_file(
    file: &EntryFile,
    number: Option<&str>,
    at: Instant,
) -> Result<Vec<Explanation>, ServerError> {
    let procedure = Procedure::property();
    let procedure = procedure.map_err(|error| ServerError::Invalid(error.to_string()))?;
    let site = file
        .entries
        .iter()
        .rfind(|entry| entry.kind() == "roster.site");
    let site = site.ok_or_else(|| ServerError::Invalid("the file holds no site".to_owned()))?;
    let zone = site.body().remove("zone").unwrap_or_default();
    let zone: Zone =
        serde_json::from_value(zone).map_err(|error| ServerError::Invalid(error.to_string()))?;
    let mut cases: BTreeMap<CaseId, Vec<&Entry>> = BTreeMap::new();
    for entry in &file.entries {
        if let Some(case) = entry.header().case {
            cases.entry(case).or_default().push(entry);
        }
    }
    let receipts = receipt_times(&file.receipts);
    let mut explained = Vec::new();
    for entries in cases.into_values() {
        let wanted = |number: &str| entries.iter().any(|entry| bears(entry, number));
        if number.is_some_and(|number| !wanted(number)) {
            continue;
        }
        let recorded = recorded(&entries, site.header().device, &receipts);
        explained.extend(explain_case(&procedure, &zone, &recorded, None, at));
    }
    explained.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(explained)
}

/// Of each stream the receipts' places and times, earliest first.
type Receipts = BTreeMap<StreamId, Vec<(u64, i64)>>;

pub(crate) fn receipt_times(receipts: &[Receipt]) -> Receipts {
    let mut times = Receipts::new();
    for receipt in receipts {
        let body = receipt.body();
        let of_stream = times.entry(body.head.stream).or_default();
        of_stream.push((body.head.seq, body.time_ms));
    }
    for of_stream in times.values_mut() {
        of_stream.sort_by_key(|(_, time_ms)| *time_ms);
    }
    times
}

/// The acts of a case as the rules take them; verdicts are no acts, they give the standing.
#[must_use]
pub fn recorded(entries: &[&Entry], endpoint: DeviceId, receipts: &Receipts) -> Vec<Recorded<Act>> {
    let standings = standings(entries.iter().copied(), endpoint);
    let acts = entries
        .iter()
        .filter(|entry| !verdict::is_about_another(entry.kind()));
    acts.map(|entry| {
        let header = entry.header();
        let of_stream = receipts.get(&header.stream).into_iter().flatten();
        let mut covering = of_stream.filter(|(seq, _)| *seq >= header.seq);
        let received = covering.next().map(|(_, time_ms)| *time_ms);
        let interval = header.interval(received);
        let name = |hash: &Hash| id::EntryHash(hash.to_string());
        Recorded {
            hash: name(&entry.hash()),
            after: header.after.iter().map(name).collect(),
            order: Order {
                ms: header.hlc.ms,
                n: header.hlc.n,
            },
            recorded: Span {
                from: Instant(interval.from_ms),
                best: Instant(interval.best_ms),
                to: interval.to_ms.map(Instant),
            },
            received: received.map(Instant),
            author: Author {
                staff: header.staff.map(|staff| id::StaffId(staff.to_string())),
                role: header.role.clone(),
                device: id::DeviceId(header.device.to_string()),
            },
            standing: match standings.get(&entry.hash()) {
                Some(verdict::Standing::SetAside(reason)) => Standing::SetAside {
                    reason: reason.code().to_owned(),
                },
                Some(verdict::Standing::Erased(order)) => erased(order.as_ref()),
                Some(verdict::Standing::Counts) | None => Standing::Counts,
            },
            act: Act::from_body(entry.kind(), entry.body_line()),
        }
    })
    .collect()
}

/// How an erased entry stands, by its order.
fn erased(order: Option<&(erasure::Order, i64)>) -> Standing {
    let (by, reason) = order.map_or((&[][..], ""), |(order, _)| (&order.by, &order.reason));
    Standing::Erased {
        reason: reason.to_owned(),
        by: by
            .iter()
            .map(|staff| id::StaffId(staff.to_string()))
            .collect(),
        at: order.map(|(_, at_ms)| Instant(*at_ms)),
    }
}
