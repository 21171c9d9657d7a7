//! 回訪: the round, the three opinions, the resident's page.
//!
//! * `round` who is visited in which order · `visits`, `row` the round on the screen
//! * `draft` what a visit holds before it is recorded · `form` opens, keeps and records it
//! * `opinion` what the resident says · `next` what follows it · `unsigned` why nobody signed
//! * `when` a stated time
//! * `statement` what is signed, line by line · `resident` the page in the resident's hands
//! * `take_back` the way back to the staff · `hold` what keeps the tablet on that page

mod draft;
mod form;
mod hold;
mod next;
mod opinion;
mod resident;
mod round;
mod row;
mod statement;
mod take_back;
mod unsigned;
mod visits;
mod when;

pub(crate) use opinion::OpinionPage;
pub(crate) use resident::ResidentPage;
pub(crate) use unsigned::UnsignedPage;
pub(crate) use visits::VisitsPage;

use crate::state::App;

/// Revisits that the acting person owes now.
pub(crate) fn due_visits(app: App) -> usize {
    let now = app.now.get();
    let me = round::Me::acting(app);
    app.cases.with(|cases| {
        let open = cases.iter().filter(|(id, summary)| {
            round::stop(id, summary, now, None, me.as_ref()).is_some_and(|stop| !stop.is_done())
        });
        open.count()
    })
}
