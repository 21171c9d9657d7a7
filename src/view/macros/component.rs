//! `#[component]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, FnArg, GenericArgument, Ident, ItemFn, Pat, PatType, PathArguments, Result,
    Type,
};

/// One argument of the function.
struct Prop {
    docs: Vec<Attribute>,
    name: Ident,
    ty: Type,
    into: bool,
    optional: bool,
}

/// The function with its arguments in a structure that is built by name.
pub(crate) fn component(item: TokenStream) -> Result<TokenStream> {
    let item: ItemFn = syn::parse2(item)?;
    let ItemFn {
        attrs,
        vis,
        sig,
        block,
        ..
    } = &item;
    let name = &sig.ident;
    let output = &sig.output;
    let props = sig
        .inputs
        .iter()
        .map(Prop::read)
        .collect::<Result<Vec<_>>>()?;
    if props.is_empty() {
        return Ok(quote! {
            #(#attrs)*
            #[allow(non_snake_case)]
            #vis fn #name() -> ::view::View {
                fn as_written() #output #block
                ::view::component(as_written)
            }
        });
    }
    let holder = format_ident!("{name}Props");
    let builder = format_ident!("{name}PropsBuilder");
    let (impl_generics, generics, bounds) = sig.generics.split_for_impl();
    let declared = &sig.generics;
    let fields = props.iter().map(|prop| prop.field(vis));
    let names = props.iter().map(|prop| &prop.name).collect::<Vec<_>>();
    let types = props.iter().map(|prop| &prop.ty);
    let words = format!("Properties of [`{name}`].");
    Ok(quote! {
        #[doc = #words]
        #[derive(::view::typed_builder::TypedBuilder)]
        #[builder(crate_module_path = ::view::typed_builder, doc)]
        #vis struct #holder #declared #bounds {
            #(#fields,)*
        }

        impl #impl_generics ::view::Props for #holder #generics #bounds {
            type Builder = #builder #generics;

            fn builder() -> Self::Builder {
                #holder::builder()
            }
        }

        #(#attrs)*
        #[allow(non_snake_case)]
        #vis fn #name #impl_generics (props: #holder #generics) -> ::view::View #bounds {
            let #holder { #(#names,)* } = props;
            #[allow(clippy::too_many_arguments)]
            fn as_written #impl_generics (#(#names: #types),*) #output #bounds #block
            ::view::component(move || as_written(#(#names),*))
        }
    })
}

impl Prop {
    fn read(argument: &FnArg) -> Result<Self> {
        let FnArg::Typed(PatType { attrs, pat, ty, .. }) = argument else {
            return Err(Error::new(argument.span(), "a component has no self"));
        };
        let Pat::Ident(name) = &**pat else {
            return Err(Error::new(pat.span(), "a property has a plain name"));
        };
        let mut prop = Self {
            docs: Vec::new(),
            name: name.ident.clone(),
            ty: (**ty).clone(),
            into: false,
            optional: false,
        };
        for attr in attrs {
            if attr.path().is_ident("prop") {
                attr.parse_nested_meta(|meta| {
                    if meta.path.is_ident("into") {
                        prop.into = true;
                    } else if meta.path.is_ident("optional") {
                        prop.optional = true;
                    } else {
                        return Err(meta.error("a property is `into` or `optional`"));
                    }
                    Ok(())
                })?;
            } else {
                prop.docs.push(attr.clone());
            }
        }
        Ok(prop)
    }

    /// The field of the holder and how the builder takes it.
    fn field(&self, vis: &syn::Visibility) -> TokenStream {
        let Self { docs, name, ty, .. } = self;
        let default = self.optional.then(|| quote!(default,));
        let inner = option_inner(ty).filter(|_| self.optional);
        let setter = match (self.into, inner) {
            (true, inner) => {
                let target = inner.unwrap_or(ty);
                let value = quote!(value.into_prop());
                let value = inner.map_or(value.clone(), |_| quote!(Some(#value)));
                let output = inner.map_or(quote!(#ty), |inner| quote!(Option<#inner>));
                quote! {
                    setter(
                        fn transform<Marker>(
                            value: impl ::view::IntoProp<#target, Marker>,
                        ) -> #output {
                            #value
                        }
                    )
                }
            }
            (false, Some(_)) => quote!(setter(strip_option)),
            (false, None) => quote!(setter()),
        };
        quote! {
            #(#docs)*
            #[builder(#default #setter)]
            #vis #name: #ty
        }
    }
}

/// `T` of `Option<T>`.
fn option_inner(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|s| s.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}
