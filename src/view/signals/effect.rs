/// Something that runs, and runs again when a signal that it read has changed.
#[derive(Clone, Copy, Debug)]
pub struct Effect;

impl Effect {
    /// Runs `effect` once the page has been changed, until the scope ends; it is told what it
    /// answered last.
    #[expect(
        clippy::new_ret_no_self,
        reason = "as it is called in Leptos; nothing holds one"
    )]
    pub fn new<T: 'static>(mut effect: impl FnMut(Option<T>) -> T + 'static) {
        let mut before = None;
        begin(Box::new(move || before = Some(effect(before.take()))));
    }
}

fn begin(mut effect: Box<dyn Run>) {
    leptos::prelude::Effect::new(move |_: Option<()>| effect.run());
}

trait Run {
    fn run(&mut self);
}

impl<F: FnMut()> Run for F {
    fn run(&mut self) {
        self();
    }
}
