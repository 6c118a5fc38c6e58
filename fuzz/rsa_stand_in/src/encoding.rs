//! Keys as DER.

use std::marker::PhantomData;

use crate::error::Unspecified;

pub trait AsDer<T> {
    fn as_der(&self) -> Result<T, Unspecified>;
}

pub struct Pkcs8V1Der<'a>(pub(crate) Vec<u8>, pub(crate) PhantomData<&'a ()>);

pub struct PublicKeyX509Der<'a>(pub(crate) Vec<u8>, pub(crate) PhantomData<&'a ()>);

impl AsRef<[u8]> for Pkcs8V1Der<'_> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for PublicKeyX509Der<'_> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
