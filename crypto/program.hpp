// What a program, unlike a library, may settle for its whole process before it uses cryptography.
#pragma once

namespace holdfast::crypto {

/// Call first in main(), never from a library: it changes the process. OpenSSL reads no configuration file, which
/// Holdfast's own library context would not use anyway. And the heap keeps and grows in huge pages the memory that
/// Argon2id fills: 19 MiB in pages of 4 KiB cost a new process half of the call's own time in page faults.
void prepare_program();

}  // namespace holdfast::crypto
