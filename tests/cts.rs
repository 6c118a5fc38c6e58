//! Ciphertext stealing: the vectors of RFC 3962 in all three variants, and every length against the addendum's definition.

mod common;

use common::{
    CANARY, Memory, block, bytes, definition::cts_encrypt, hex_field, json, keys, list, on_every_backend,
    only_canaries, oracle,
};
use roundkey::{
    Aes, Block,
    cts::{self, Variant},
};

const VARIANTS: [(&str, Variant); 3] = [("cs1", Variant::Cs1), ("cs2", Variant::Cs2), ("cs3", Variant::Cs3)];

/// RFC 3962 appendix B, and the same messages in the other two variants.
#[test]
fn rfc_3962() {
    let file = json("cts/rfc3962_cts.json");
    let (key, iv): (_, Block) = (hex_field(&file, "key"), hex_field(&file, "iv").try_into().unwrap());
    on_every_backend("RFC 3962", |cases| {
        let key = cases.key(&key);
        for vector in list(&file, "vectors") {
            let plaintext = hex_field(vector, "plaintext");
            for (name, variant) in VARIANTS {
                both_ways(cases, name, &key, &iv, variant, &plaintext, &hex_field(vector, name));
            }
            // What Kerberos takes as the next message's IV is the last block, wherever it stands.
            let mut ciphertext = plaintext.clone();
            cts::encrypt_in_place(&key, &iv, Variant::Cs3, &mut ciphertext).unwrap();
            let last = (ciphertext.len() - 1) / 16 - 1;
            let got = &ciphertext[16 * last..][..16];
            cases.equal(|| format!("next IV, {} bytes", plaintext.len()), got, &hex_field(vector, "cs3_next_iv"));
        }
        assert_eq!(cases.count(), 6 * (3 * 2 + 1));
    });
}

#[test]
fn every_length() {
    on_every_backend("ciphertext stealing, every length", |cases| {
        for key_bytes in keys() {
            let (oracle, key, iv) = (oracle(&key_bytes), cases.key(&key_bytes), block(5));
            for len in (16..=100).chain([511, 512, 513, 1040, 1041, 4111]) {
                let plaintext = bytes(len as u64, len);
                for (name, variant) in VARIANTS {
                    let expected = cts_encrypt(&oracle, &iv, variant, &plaintext);
                    both_ways(cases, name, &key, &iv, variant, &plaintext, &expected);
                }
            }
        }
    });
}

fn both_ways(
    cases: &mut common::Cases,
    name: &str,
    key: &Aes,
    iv: &Block,
    variant: Variant,
    plaintext: &[u8],
    ciphertext: &[u8],
) {
    let mut buffer = plaintext.to_vec();
    cts::encrypt_in_place(key, iv, variant, &mut buffer).unwrap();
    cases.equal(|| format!("{name} encryption, {} bytes", plaintext.len()), &buffer, ciphertext);
    cts::decrypt_in_place(key, iv, variant, &mut buffer).unwrap();
    cases.equal(|| format!("{name} decryption, {} bytes", plaintext.len()), &buffer, plaintext);
    #[cfg(feature = "alloc")]
    {
        assert_eq!(cts::encrypt(key, iv, variant, plaintext).unwrap(), ciphertext);
        assert_eq!(cts::decrypt(key, iv, variant, ciphertext).unwrap(), plaintext);
    }
}

/// What is shorter than a block is refused, and left as it was.
#[test]
fn too_short() {
    on_every_backend("ciphertext stealing, too short", |cases| {
        let key = cases.key(&[7; 16]);
        for len in 0..16 {
            for (name, variant) in VARIANTS {
                for call in [cts::encrypt_in_place, cts::decrypt_in_place] {
                    let mut buffer = bytes(1, len);
                    let error = call(&key, &[0; 16], variant, &mut buffer).unwrap_err();
                    assert_eq!(error.given(), len);
                    cases.equal(|| format!("{name}, {len} bytes"), &buffer, &bytes(1, len));
                }
                #[cfg(feature = "alloc")]
                for call in [cts::encrypt, cts::decrypt] {
                    assert_eq!(call(&key, &[0; 16], variant, &bytes(1, len)).unwrap_err().given(), len);
                }
            }
        }
    });
}

/// At every alignment nothing beside the message is touched.
#[test]
fn nothing_beside() {
    on_every_backend("ciphertext stealing, canaries", |cases| {
        let key = cases.key(&[7; 24]);
        let mut memory = Memory::new();
        for (alignment, len) in (0..64).flat_map(|alignment| [16, 17, 31, 32, 33, 47, 160].map(|len| (alignment, len)))
        {
            for (name, variant) in VARIANTS {
                let (buffer, beside) = memory.split(alignment, len);
                buffer.copy_from_slice(&bytes(2, len));
                cts::encrypt_in_place(&key, &[3; 16], variant, buffer).unwrap();
                cts::decrypt_in_place(&key, &[3; 16], variant, buffer).unwrap();
                let same = buffer == bytes(2, len);
                let untouched = only_canaries(&beside);
                buffer.fill(CANARY);
                cases.holds(|| format!("{name}, {len} bytes at {alignment}"), same && untouched);
            }
        }
    });
}
