//! 照片: taken for a form, kept with its draft; and those of an act, where it is read.

use domain::act::Photo;
use domain::id::{AttachmentName, CaseId};
use domain::limits::PHOTOS_MAX;
use view::prelude::*;
use view::{IntoView, View, component, ev, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::net::NetFault;
use crate::photos::{self, Shown};
use crate::platform::{self, Picture};
use crate::state::{App, Core};
use crate::ui::{Icon, IconSize, IconView};
use crate::words::I18n;

/// The field of the camera.
const CAMERA: &str = "photo-camera";
/// The field of the pictures that are there already.
const FILES: &str = "photo-files";

/// Photos of a form about a case, or about one that is not there yet, whose draft has this key;
/// `count` follows how many there are.
#[component]
pub(crate) fn PhotosField(
    case: Option<CaseId>,
    #[prop(into)] draft: String,
    #[prop(optional)] count: RwSignal<usize>,
    /// Told when some are taken, before they are kept.
    #[prop(optional, into)]
    on_taken: Option<Callback<()>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let (case, draft) = (StoredValue::new(case), StoredValue::new(draft));
    let taken = RwSignal::new(Vec::<Shown>::new());
    let said = RwSignal::new(None::<String>);
    Effect::new(move |_| count.set(taken.with(Vec::len)));
    leptos::task::spawn_local(async move {
        let Some(key) = draft.try_get_value() else {
            return;
        };
        let kept = photos::of_draft(app, &key).await;
        let _gone = taken.try_set(kept);
    });
    let chosen = move |event: ev::Event| {
        let Some((case, key)) = case.try_get_value().zip(draft.try_get_value()) else {
            return;
        };
        let Some(core) = app.core() else { return };
        said.set(None);
        if let Some(begun) = on_taken {
            begun.run(());
        }
        app.taking_photos.update(|taking| *taking += 1);
        // The form may be gone before the first is ready.
        let so_far = (taken, taken.with_untracked(Vec::len));
        let pictures = platform::chosen_pictures(&event);
        leptos::task::spawn_local(async move {
            let words = take(i18n, &core, (case, key), so_far, pictures).await;
            app.taking_photos.update(|taking| *taking -= 1);
            // Who has left the form is told all the same.
            if let Some(Some(words)) = said.try_set(words) {
                app.say(words);
            }
        });
    };
    let remove = move |name: AttachmentName| {
        leptos::task::spawn_local(async move {
            let Some(key) = draft.try_get_value() else {
                return;
            };
            if photos::remove(app, &key, &name).await.is_ok() {
                taken.try_update(|taken| taken.retain(|photo| photo.name != name));
            }
        });
    };
    let shown = move || {
        let shown = taken.get().into_iter().enumerate();
        let shown = shown.map(|(at, photo)| {
            let name = photo.name.clone();
            let label = t_string!(i18n, common.photo_one, n = at + 1);
            view! {
                <li class="photo">
                    <img src=photo.url.to_string() alt=label />
                    <button
                        type="button"
                        class="btn"
                        aria-label=t_string!(i18n, common.photo_remove)
                        on:click=move |_| remove(name.clone())
                    >
                        <IconView icon=Icon::Close />
                    </button>
                </li>
            }
        });
        shown.collect::<Vec<_>>()
    };
    view! {
        <div class="field" role="group" aria-labelledby="photos-label" data-testid="photos">
            <span class="lab" id="photos-label">
                {t!(i18n, common.photos)}
                " "
                <span class="opt">
                    {move || match count.get() {
                        0 => t_string!(i18n, common.optional).to_owned(),
                        n => t_string!(i18n, common.photos_kept, n = n),
                    }}
                </span>
            </span>
            <input
                type="file"
                id=CAMERA
                accept="image/*"
                capture="environment"
                hidden=true
                on:change=chosen
            />
            <input
                type="file"
                id=FILES
                accept="image/*"
                multiple=true
                hidden=true
                on:change=chosen
            />
            <ul class="photos">
                {shown}
                <li>
                    <button type="button" class="tile" on:click=move |_| platform::press(CAMERA)>
                        <IconView icon=Icon::Camera />
                        {t!(i18n, common.photo_take)}
                    </button>
                </li>
                <li>
                    <button type="button" class="tile" on:click=move |_| platform::press(FILES)>
                        <IconView icon=Icon::Plus />
                        {t!(i18n, common.photo_choose)}
                    </button>
                </li>
            </ul>
            <span class="hint" role="status">
                {move || {
                    if app.taking_photos.get() > 0 {
                        return Some(t_string!(i18n, common.photo_busy).to_owned());
                    }
                    said.get()
                }}
            </span>
        </div>
    }
}

/// Keeps each as soon as it is ready, whether or not the form is still shown, or the tablet was
/// locked meanwhile; says what was not kept, and why.
async fn take(
    i18n: I18n,
    core: &Core,
    (case, draft): (Option<CaseId>, String),
    (taken, mut held): (RwSignal<Vec<Shown>>, usize),
    pictures: Vec<Picture>,
) -> Option<String> {
    let mut bad = 0;
    for picture in pictures {
        let Ok(content) = picture.photo().await else {
            bad += 1;
            continue;
        };
        held = taken.try_with_untracked(Vec::len).unwrap_or(held);
        if held >= PHOTOS_MAX {
            return Some(t_string!(i18n, common.photo_full, n = PHOTOS_MAX));
        }
        match photos::keep(core, case.as_ref(), &draft, &content).await {
            Ok(photo) => {
                held += 1;
                taken.try_update(|taken| taken.push(photo));
            }
            Err(_) => return Some(t_string!(i18n, common.photo_not_kept).to_owned()),
        }
    }
    (bad > 0).then(|| t_string!(i18n, common.photo_bad, n = bad))
}

/// The photos of an act of a case.
pub(crate) fn photos_of(case: &CaseId, photos: &[Photo]) -> Option<View> {
    if photos.is_empty() {
        return None;
    }
    let of = case.clone();
    let names = photos.iter().map(|photo| photo.name.clone());
    let names = StoredValue::new(names.collect::<Vec<_>>());
    let photos = photos.iter().enumerate();
    let each = photos.map(|(at, photo)| {
        let (case, name) = (case.clone(), photo.name.clone());
        view! { <OnePhoto case name nth=at + 1 /> }
    });
    let each: Vec<View> = each.map(IntoView::into_view).collect();
    let app = App::here();
    let i18n = use_i18n();
    let unsent = move || {
        app.meeting.track();
        names.with_value(|names| names.iter().any(|name| photos::is_unsent(app, &of, name)))
    };
    Some(view! {
        <ul class="photos">{each}</ul>
        {move || {
            unsent().then(|| view! { <div class="d b">{t!(i18n, common.photo_here)}</div> })
        }}
    })
}

/// A photo as it lies on this tablet, or a button that fetches it.
#[component]
fn OnePhoto(case: CaseId, name: AttachmentName, nth: usize) -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let wanted = StoredValue::new((case, name));
    let shown = RwSignal::new(None::<Shown>);
    let said = RwSignal::new(None::<&'static str>);
    let large = RwSignal::new(false);
    leptos::task::spawn_local(async move {
        let Some((case, name)) = wanted.try_get_value() else {
            return;
        };
        let held = photos::held(app, &case, &name).await;
        let _gone = shown.try_set(held);
    });
    let fetch = move |_| {
        said.set(Some(t_string!(i18n, common.photo_getting)));
        leptos::task::spawn_local(async move {
            let Some((case, name)) = wanted.try_get_value() else {
                return;
            };
            let words = match photos::fetch(app, &case, &name).await {
                Ok(photo) => {
                    let _gone = shown.try_set(Some(photo));
                    None
                }
                Err(NetFault::Refused(_)) => Some(t_string!(i18n, common.photo_missing)),
                Err(_) => Some(t_string!(i18n, common.photo_offline)),
            };
            let _gone = said.try_set(words);
        });
    };
    let picture = move || match shown.get() {
        Some(photo) => view! {
            <button
                type="button"
                class="picture"
                aria-expanded=move || if large.get() { "true" } else { "false" }
                aria-label=t_string!(i18n, common.photo_larger, n = nth)
                on:click=move |_| large.update(|large| *large = !*large)
            >
                <img src=photo.url.to_string() alt=t_string!(i18n, common.photo_one, n = nth) />
            </button>
        },
        None => view! {
            <button type="button" class="btn" data-testid="photo-get" on:click=fetch>
                <IconView icon=Icon::Camera size=IconSize::Small />
                {t_string!(i18n, common.photo_get, n = nth)}
            </button>
            <span class="cap" role="status">
                {move || said.get()}
            </span>
        },
    };
    view! { <li class=move || if large.get() { "photo large" } else { "photo" }>{picture}</li> }
}
