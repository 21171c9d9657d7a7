//! 投訴內容: class, source, area, the resident's words and demands.

use domain::act::{Area, Class};
use view::prelude::*;
use view::{IntoView, View, view};

use super::draft::{CameBy, Section, Text};
use super::form::Form;
use super::handling;
use super::parts::{Look, choice, clocks_card, heading, keeping, words_field};
use super::place;
use crate::i18n::t_string;
use crate::screens::photos::PhotosField;
use crate::ui::{SegLook, SegOption};
use crate::words::I18n;

/// The section.
pub(super) fn section(form: Form, i18n: I18n) -> View {
    view! {
        <div class="vh">
            {heading(Section::Content, t_string!(i18n, intake.section_content))}
        </div>
        <div class="two">
            <div class="col gap-18">
                {place::chosen_card(form, i18n)}
                <div class="cls">{class(form, i18n)}</div>
                <div class="g2">{came_by(form, i18n)} {area(form, i18n)}</div>
                {other_channel(form, i18n)}
                {content(form, i18n)}
                {words_field(
                    form,
                    i18n,
                    "intake-demands",
                    t_string!(i18n, intake.demands),
                    Text::Demands,
                    Look::low_area(),
                )}
                {form
                    .draft_key()
                    .map(|draft| {
                        // A photo begins the form as a word does.
                        let on_taken = Callback::new(move |()| form.edit(|_| ()));
                        view! { <PhotosField case=None draft on_taken /> }
                    })}
            </div>
            <aside class="col sticky">
                {handling::on_spot_card(form, i18n, "intake-on-spot-aside")}
                {clocks_card(form, i18n)}
                {keeping(form, i18n)}
            </aside>
        </div>
    }
}

fn class(form: Form, i18n: I18n) -> View {
    let option = |class, words: &'static str, code| SegOption::new(class, words).hint(code);
    choice(
        form,
        "intake-class",
        t_string!(i18n, intake.class),
        Some(t_string!(i18n, intake.class_clause)),
        vec![
            option(
                Class::Property,
                t_string!(i18n, act.class_property),
                "4.1.1",
            ),
            option(
                Class::Forwarded,
                t_string!(i18n, act.class_forwarded),
                "4.1.2",
            ),
            option(Class::Other, t_string!(i18n, act.class_other), "4.1.3"),
            option(
                Class::OtherDepartment,
                t_string!(i18n, act.class_other_department),
                "4.2.2",
            ),
        ],
        SegLook::Row,
        |d| d.class,
        |d, class| d.class = Some(class),
    )
}

fn came_by(form: Form, i18n: I18n) -> View {
    choice(
        form,
        "intake-channel",
        t_string!(i18n, intake.channel),
        None,
        vec![
            SegOption::new(CameBy::InPerson, t_string!(i18n, act.channel_in_person)),
            SegOption::new(CameBy::Telephone, t_string!(i18n, act.channel_telephone)),
            SegOption::new(
                CameBy::WrittenOrOther,
                t_string!(i18n, intake.channel_written_other),
            ),
        ],
        SegLook::Row,
        |d| d.came_by,
        |d, by| d.came_by = Some(by),
    )
}

/// Names the way where it was neither of the listed ones.
fn other_channel(form: Form, i18n: I18n) -> View {
    let asked = Memo::new(move |_| {
        form.draft
            .with(|d| d.came_by == Some(CameBy::WrittenOrOther))
    });
    let field = move || {
        asked.get().then(|| {
            words_field(
                form,
                i18n,
                "intake-channel-other",
                t_string!(i18n, intake.channel_other),
                Text::Channel,
                Look::line()
                    .optional()
                    .hint(t_string!(i18n, intake.channel_other_hint)),
            )
        })
    };
    field.into_view()
}

fn area(form: Form, i18n: I18n) -> View {
    choice(
        form,
        "intake-area",
        t_string!(i18n, intake.area),
        None,
        vec![
            SegOption::new(
                Area::CustomerService,
                t_string!(i18n, act.area_customer_service),
            ),
            SegOption::new(Area::Environment, t_string!(i18n, act.area_environment)),
            SegOption::new(Area::Maintenance, t_string!(i18n, act.area_maintenance)),
        ],
        SegLook::Row,
        |d| d.area,
        |d, area| d.area = Some(area),
    )
}

fn content(form: Form, i18n: I18n) -> View {
    let count = move || {
        let n = form.draft.with(|d| d.text(Text::Content).chars().count());
        t_string!(i18n, intake.characters, n = n)
    };
    view! {
        <div class="counted">
            {words_field(
                form,
                i18n,
                "intake-content",
                t_string!(i18n, intake.content),
                Text::Content,
                Look::area().hint(t_string!(i18n, intake.content_hint)),
            )}
            <span class="hint num nw count">{count}</span>
        </div>
    }
}
