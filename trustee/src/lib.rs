//! A trustee: key ceremony, close statement, partial decryption.
