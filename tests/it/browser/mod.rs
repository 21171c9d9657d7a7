//! Journeys through the built app in real browsers. Offline is an endpoint process that is not
//! there, a second tablet another browser process on another profile, a cold start a browser
//! process that was killed and opened again. No test reloads a page to stand for one of them.
//!
//! * `bench` the endpoint and the tablets of one test · `acts` what people do, screen by screen
//! * `path` from intake to archive · `variants` of it · `kills` at every step
//! * `leaving` what was under way as somebody left · `live` what shows by itself
//! * `trouble` what goes wrong on a tablet, `tabs` other pages on it: each leaves what was recorded
//!   in place and says so
//! * `answers` that are none of the endpoint's
//! * `elsewhere` what others hold of a group: nothing
//! * `starts` cold and new · `people` and PINs · `sealed` what lies on the disk · `typing` with an
//!   input method · `policy` of the page

mod acts;
mod admin;
mod answers;
mod bench;
mod elsewhere;
mod evidence;
mod kills;
mod leaving;
mod live;
mod path;
mod people;
mod photos;
mod policy;
mod rescue;
mod sealed;
mod starts;
mod tabs;
mod trouble;
mod typing;
mod variants;
