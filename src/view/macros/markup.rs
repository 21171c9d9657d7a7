//! `view!`.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeBlock, NodeElement, NodeName};
use rstml::{Infallible, Parser, ParserConfig};
use syn::spanned::Spanned;
use syn::{Block, Expr, Ident, Lit, Stmt};

/// Elements that have no end tag in HTML.
const VOID: [&str; 6] = ["br", "hr", "img", "input", "source", "wbr"];

/// Elements of the SVG name space.
const SVG: [&str; 8] = [
    "circle", "g", "line", "path", "polygon", "polyline", "rect", "svg",
];

/// The expression that describes the markup.
pub(crate) fn view(tokens: TokenStream) -> TokenStream {
    let place = place(&tokens.to_string());
    let config = ParserConfig::new()
        .recover_block(true)
        .always_self_closed_elements(VOID.into());
    let (nodes, faults) = Parser::new(config).parse_recoverable(tokens).split_vec();
    let faults = faults.into_iter().map(|fault| fault.emit_as_expr_tokens());
    let whole = parts(&nodes, Some(place));
    quote!({ #(#faults;)* #whole })
}

/// Tells this markup from other markup: elements of different places are never made into each
/// other. (FNV-1a)
fn place(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// An expression of a type that is `IntoView`.
fn part(node: &Node<Infallible>, place: Option<u32>) -> Option<TokenStream> {
    match node {
        Node::Element(element) if is_component(element.name()) => Some(component(element)),
        Node::Element(element) => Some(html(element, place)),
        Node::Block(block) => Some(block_value(block)),
        Node::Text(text) => {
            let words = &text.value;
            Some(quote!(#words))
        }
        Node::Fragment(fragment) => Some(parts(&fragment.children, place)),
        Node::RawText(text) => {
            let words = text.to_string_best();
            Some(quote!(#words))
        }
        Node::Comment(_) | Node::Doctype(_) | Node::Custom(_) => None,
    }
}

/// Children as one view.
fn parts(children: &[Node<Infallible>], place: Option<u32>) -> TokenStream {
    let mut parts = children
        .iter()
        .filter_map(|child| part(child, place))
        .collect::<Vec<_>>();
    match (parts.pop(), parts.is_empty()) {
        (None, _) => quote!(::view::View::default()),
        (Some(only), true) => quote!(::view::IntoView::into_view(#only)),
        (Some(last), false) => quote! {
            ::view::View::from(vec![
                #(::view::IntoView::into_view(#parts),)*
                ::view::IntoView::into_view(#last)
            ])
        },
    }
}

/// An element of HTML or SVG with what stands in it: what never changes is one constant, the rest
/// follows in order.
fn html(element: &NodeElement<Infallible>, place: Option<u32>) -> TokenStream {
    let mut markup = Markup::default();
    markup.element(element);
    let Markup { text, calls } = markup;
    let place = Literal::u32_unsuffixed(place.unwrap_or_default());
    quote! {
        ::view::Element::new(&::view::Markup { place: #place, text: #text }) #(#calls)*
    }
}

/// What stands before the words of a markup's text and says what they are. `view::Markup` reads
/// them.
mod mark {
    pub(super) const HTML: char = '\u{1}';
    pub(super) const SVG: char = '\u{2}';
    pub(super) const NAME: char = '\u{3}';
    pub(super) const VALUE: char = '\u{4}';
    pub(super) const ATTRIBUTE: char = '\u{5}';
    pub(super) const PROPERTY: char = '\u{6}';
    pub(super) const CLASS: char = '\u{7}';
    pub(super) const STYLE: char = '\u{8}';
    pub(super) const LISTEN: char = '\u{e}';
    pub(super) const WORDS: char = '\u{f}';
    pub(super) const CHILD: char = '\u{10}';
    pub(super) const TELL: char = '\u{11}';
    pub(super) const END: char = '\u{12}';
}

/// An element as text, and the calls that give what changes in it.
#[derive(Default)]
struct Markup {
    text: String,
    calls: Vec<TokenStream>,
}

impl Markup {
    fn write(&mut self, mark: char, words: &str) {
        self.text.push(mark);
        self.text.push_str(words);
    }

    fn element(&mut self, element: &NodeElement<Infallible>) {
        let tag = element.name().to_string();
        let svg = SVG.contains(&tag.as_str());
        self.write(if svg { mark::SVG } else { mark::HTML }, &tag);
        let mut told = Vec::new();
        for attribute in element.attributes() {
            match attribute {
                NodeAttribute::Attribute(attribute) => self.attribute(attribute, &mut told),
                NodeAttribute::Block(block) => {
                    self.calls
                        .push(fault(block.span(), "an attribute has a name"));
                }
            }
        }
        self.children(&element.children);
        for call in told {
            self.write(mark::TELL, "");
            self.calls.push(call);
        }
        self.write(mark::END, "");
    }

    fn children(&mut self, children: &[Node<Infallible>]) {
        for child in children {
            match child {
                Node::Element(element) if !is_component(element.name()) => self.element(element),
                Node::Fragment(fragment) => self.children(&fragment.children),
                Node::Text(text) => self.write(mark::WORDS, &text.value_string()),
                Node::RawText(text) => self.write(mark::WORDS, &text.to_string_best()),
                child => {
                    if let Some(child) = part(child, None) {
                        self.write(mark::CHILD, "");
                        self.calls.push(quote!(.child(#child)));
                    }
                }
            }
        }
    }

    /// An attribute, or the call that gives what changes; who is told of the element comes last.
    fn attribute(&mut self, attribute: &KeyedAttribute, told: &mut Vec<TokenStream>) {
        let key = attribute.key.to_string();
        if let Some(text) = literal(attribute) {
            self.write(mark::NAME, &key);
            self.write(mark::VALUE, &text);
            return;
        }
        let Some(value) = attribute.value().map(expression) else {
            self.calls
                .push(fault(attribute.key.span(), "this attribute needs a value"));
            return;
        };
        if key == "node_ref" {
            told.push(quote!(.node_ref(#value)));
            return;
        }
        let (mark, name) = match key.split_once(':') {
            None => (mark::ATTRIBUTE, key.as_str()),
            Some(("on", event)) => {
                self.write(mark::LISTEN, event);
                let event = Ident::new(event, attribute.key.span());
                self.calls.push(quote!(.on(::view::ev::#event, #value)));
                return;
            }
            Some(("prop", name)) => (mark::PROPERTY, name),
            Some(("class", name)) => (mark::CLASS, name),
            Some(("style", name)) => (mark::STYLE, name),
            Some(_) => {
                self.calls
                    .push(fault(attribute.key.span(), "no such kind of attribute"));
                return;
            }
        };
        self.write(mark, name);
        self.calls.push(quote!(.value(#value)));
    }
}

/// The text of an attribute that never changes.
fn literal(attribute: &KeyedAttribute) -> Option<String> {
    if attribute.key.to_string().contains(':') {
        return None;
    }
    match attribute.value() {
        None => Some(String::new()),
        Some(Expr::Lit(value)) => match &value.lit {
            Lit::Str(text) => Some(text.value()),
            Lit::Int(number) => Some(number.base10_digits().to_owned()),
            _ => None,
        },
        Some(_) => None,
    }
}

/// A call of a component with its properties.
fn component(element: &NodeElement<Infallible>) -> TokenStream {
    let name = element.name();
    let mut calls = Vec::new();
    let mut argument = None;
    for attribute in element.attributes() {
        let NodeAttribute::Attribute(attribute) = attribute else {
            return fault(attribute.span(), "a property has a name");
        };
        let key = attribute.key.to_string();
        if let Some(name) = key.strip_prefix("let:") {
            argument = Some(Ident::new(name, attribute.key.span()));
            continue;
        }
        let plain = key.strip_prefix("attr:").unwrap_or(&key).replace('-', "_");
        let setter = Ident::new(&plain, attribute.key.span());
        let value = match attribute.value() {
            Some(value) => expression(value),
            None => quote!(#setter),
        };
        let span = attribute.key.span();
        calls.push(quote_spanned!(span=> .#setter(#value)));
    }
    if !element.children.is_empty() {
        let body = parts(&element.children, None);
        calls.push(match argument {
            Some(argument) => quote!(.children(move |#argument| #body)),
            None => quote!(.children(::view::ToChildren::to_children(move || #body))),
        });
    }
    quote! {
        ::view::call(&#name, ::view::builder(&#name) #(#calls)* .build())
    }
}

/// An expression without braces around it that it does not need.
fn expression(value: &Expr) -> TokenStream {
    match value {
        Expr::Block(block) if block.attrs.is_empty() && block.label.is_none() => {
            unbraced(&block.block)
        }
        value => quote!(#value),
    }
}

fn block_value(block: &NodeBlock) -> TokenStream {
    match block {
        NodeBlock::ValidBlock(block) => unbraced(block),
        NodeBlock::Invalid(invalid) => quote!(#invalid),
    }
}

fn unbraced(block: &Block) -> TokenStream {
    match block.stmts.as_slice() {
        [Stmt::Expr(value, None)] => quote!(#value),
        _ => quote!(#block),
    }
}

fn is_component(name: &NodeName) -> bool {
    match name {
        NodeName::Path(path) => path.path.segments.last().is_some_and(|segment| {
            segment
                .ident
                .to_string()
                .starts_with(|c: char| c.is_ascii_uppercase())
        }),
        NodeName::Punctuated(_) | NodeName::Block(_) => false,
    }
}

fn fault(span: proc_macro2::Span, words: &str) -> TokenStream {
    syn::Error::new(span, words).into_compile_error()
}
