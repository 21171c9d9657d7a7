//! Files that people bring, and what the app keeps of its own making: a site's file, a procedure,
//! a case in short.

use domain::act::Act;
use domain::case::Case;
use domain::id::{DeviceId, EntryHash, StaffId};
use domain::procedure::{PROPERTY, Procedure};
use domain::recorded::{Author, Order, Recorded, Standing};
use domain::summary::Summary;
use domain::time::{Instant, Span, Zone};
use proptest::prelude::*;
use server::site::table;
use server::site::words::Words;

use crate::fixtures;
use crate::mutation::{altered, mutations};

/// A site's file as comma separated text.
const SITE: &str = include_str!("../../training/site.csv");

/// A site's file as a workbook, with rows of one kind.
fn workbook() -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("住戶").unwrap();
    for (row, cells) in [["編號", "姓名", "房屋"], ["H1", "王", "1-1"]]
        .iter()
        .enumerate()
    {
        for (column, cell) in cells.iter().enumerate() {
            let (row, column) = (u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
            sheet.write(row, column, *cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// A case that was accepted, in short.
fn summary(procedure: &Procedure) -> Summary {
    let acts = fixtures::files("acts/v1");
    let accepted = acts.iter().find(|(name, _)| name == "accepted.json");
    let at = Instant(1_795_000_000_000);
    let recorded = Recorded {
        hash: EntryHash("0".repeat(64)),
        after: Vec::new(),
        order: Order { ms: 1, n: 0 },
        recorded: Span {
            from: at,
            best: at,
            to: Some(at),
        },
        received: Some(at),
        author: Author {
            staff: Some(StaffId("07".repeat(16))),
            role: "officer".to_owned(),
            device: DeviceId("01".repeat(16)),
        },
        standing: Standing::Counts,
        act: Act::from_body("accepted", &accepted.unwrap().1),
    };
    let zone = Zone::fixed("Asia/Shanghai", 28_800);
    Summary::of(&Case::fold(procedure, &zone, &[recorded]).unwrap())
}

proptest! {
    #[test]
    fn an_altered_site_file_is_read_or_refused(changes in mutations()) {
        let words = Words::load().unwrap();
        for bytes in [altered(SITE.as_bytes(), &changes), altered(&workbook(), &changes)] {
            let _table = table::read(&bytes, &words);
        }
    }

    #[test]
    fn an_altered_procedure_is_read_or_refused(changes in mutations()) {
        let bytes = altered(PROPERTY.as_bytes(), &changes);
        let _procedure = Procedure::load(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn what_the_app_keeps_of_its_own_making_is_read_or_made_anew(changes in mutations()) {
        let procedure = Procedure::property().unwrap();
        let kept = postcard::to_allocvec(&procedure).unwrap();
        let _procedure = postcard::from_bytes::<Procedure>(&altered(&kept, &changes));
        let kept = postcard::to_allocvec(&summary(&procedure)).unwrap();
        let _summary = postcard::from_bytes::<Summary>(&altered(&kept, &changes));
    }
}
