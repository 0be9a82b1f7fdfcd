#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| presence_fuzz::sip_encode(bytes));
