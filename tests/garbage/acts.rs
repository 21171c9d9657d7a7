//! What people did: bodies of acts.

use domain::act::Act;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::fixtures;
use crate::mutation::{altered, mutations};

proptest! {
    /// It is read, or kept word for word.
    #[test]
    fn an_altered_body_is_an_act_or_kept_as_it_is(at in any::<Index>(), changes in mutations()) {
        let files = fixtures::files("acts/v1");
        let (name, body) = at.get(&files);
        let kind = name.split('.').next().unwrap();
        let bytes = altered(body.as_bytes(), &changes);
        if let Ok(text) = core::str::from_utf8(&bytes) {
            match Act::from_body(kind, text) {
                Act::Unknown(unknown) => {
                    prop_assert_eq!(unknown.kind, kind);
                    prop_assert_eq!(unknown.body, text);
                }
                act => prop_assert_eq!(act.kind(), kind),
            }
        }
    }
}
