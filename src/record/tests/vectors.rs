//! Project Wycheproof's vectors for signatures, through the record's own check. Those for sealing
//! stand beside it, in `seal`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use record::PublicKey;
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

#[test]
fn signatures_hold_where_they_should_and_nowhere_else() {
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in set.test_groups {
        let key = PublicKey::new(group.key.pk.as_slice().try_into().unwrap());
        for test in group.tests {
            // A signature of another length is none: nothing but 64 bytes can be written down.
            let signature = <[u8; 64]>::try_from(test.sig.as_slice());
            let holds = signature.is_ok_and(|signature| key.verify(&test.msg, &signature).is_ok());
            let must = test.result == TestResult::Valid;
            assert_eq!(holds, must, "{}: {}", test.tc_id, test.comment);
            *(if must { &mut valid } else { &mut invalid }) += 1;
        }
    }
    assert!(
        valid > 50 && invalid > 50,
        "{valid} valid, {invalid} invalid"
    );
}
