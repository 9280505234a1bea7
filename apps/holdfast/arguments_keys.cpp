// The commands that keep and use keys.
#include "apps/holdfast/argument_parser.hpp"
#include "crypto/suites.hpp"

namespace holdfast::app {
namespace {

// Which key, by all its versions or one.
void add_selection(CLI::App& command, std::string& name) {
  command.add_option("NAME", name, "The key, or NAME@VERSION for one version")->required();
}

void add_state_commands(CLI::App& key, std::optional<Command>& command, Storage& s) {
  auto* rotate = add_command(
      key, command, s.key_rotate,
      {"rotate", "Make the next version of a key; older ones only verify and open", "holdfast key rotate device"});
  rotate->add_option("NAME", s.key_rotate.name, "The key")->required();
  auto* enable = add_command(key, command, s.key_enable,
                             {"enable", "Bring a disabled key back into use", "holdfast key enable device"});
  add_selection(*enable, s.key_enable.name);
  auto* disable =
      add_command(key, command, s.key_disable, {"disable", "Take a key out of use", "holdfast key disable device"});
  add_selection(*disable, s.key_disable.name);
  auto* destroy =
      add_command(key, command, s.key_destroy,
                  {"destroy", "Destroy a key for ever; its name stays taken", "holdfast key destroy device@1"});
  add_selection(*destroy, s.key_destroy.name);
  destroy->add_flag("--yes", s.key_destroy.yes, "Do not ask");
}

void add_subject(CLI::App& command, SubjectArguments& subject) {
  command.add_option("--subject", subject.subject, "Whom it is about: \"CN=gate 7,O=Example,C=DE\"")
      ->type_name("DN")
      ->required();
  command
      .add_option("--san", subject.alternative_names,
                  "Alternative name: DNS:, IP:, URI: or email: (may be given again)")
      ->type_name("S")
      ->allow_extra_args(false);
}

void add_certificate_commands(CLI::App& key, std::optional<Command>& command, Storage& s) {
  auto* certificate = add_command(key, command, s.key_certificate,
                                  {"certificate", "Keep a key's certificate beside it, or print the one that is kept",
                                   "holdfast key certificate device --in device-chain.pem"});
  certificate->add_option("NAME", s.key_certificate.name, "The key, or NAME@VERSION for one version")->required();
  auto* in = certificate->add_option("--in", s.key_certificate.in, "Keep this certificate, with its issuers' behind it")
                 ->type_name("F");
  certificate->add_option("--out", s.key_certificate.out, "Output file [standard output]")
      ->type_name("F")
      ->excludes(in);
  auto* csr = add_command(key, command, s.key_csr,
                          {"csr", "Make a certificate request (PKCS #10, PEM)",
                           "holdfast key csr device --subject CN=gate7.example.org --san DNS:gate7.example.org"});
  csr->add_option("NAME", s.key_csr.name, "The key, or NAME@VERSION for one version")->required();
  add_subject(*csr, s.key_csr.subject);
  csr->add_option("--out", s.key_csr.out, "Output file [standard output]")->type_name("F");
  auto* selfsign = add_command(key, command, s.key_selfsign,
                               {"selfsign", "Make a self-signed certificate (PEM)",
                                "holdfast key selfsign device --subject CN=gate7 --days 90 --out gate7.pem"});
  selfsign->add_option("NAME", s.key_selfsign.name, "The key, or NAME@VERSION for one version")->required();
  add_subject(*selfsign, s.key_selfsign.subject);
  selfsign->add_option("--days", s.key_selfsign.days, "How long it is valid, 1 to 36500")
      ->type_name("N")
      ->required()
      ->check(CLI::Range(1, 36500));
  selfsign->add_option("--out", s.key_selfsign.out, "Output file [standard output]")->type_name("F");
}

void add_scheme(CLI::App& app, SchemeArguments& scheme) {
  app.add_option("--in", scheme.in, "The message [standard input]")->type_name("F");
  app.add_option("--hash", scheme.hash, "sha256, sha384 or sha512 (RSA and ECDSA) [by the key's algorithm]")
      ->type_name("H");
  app.add_flag("--digest", scheme.digest, "The input is the message's digest, in binary (RSA and ECDSA)");
  app.add_option("--scheme", scheme.rsa_scheme, "pkcs1 or pss (RSA) [pkcs1]")->type_name("pkcs1|pss");
  app.add_option("--context", scheme.context, "Context string of ML-DSA, in hexadecimal")->type_name("HEX");
}

}  // namespace

void add_key_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  CLI::App* key = app.add_subcommand("key", "Create, import, show and retire this device's keys");
  key->footer(example_footer("holdfast key create device --alg ml-dsa-65\n  holdfast key rotate device"));
  key->require_subcommand(1);
  key->fallthrough();
  auto* create =
      add_command(*key, command, s.key_create, {"create", "Make a key", "holdfast key create device --alg ml-dsa-65"});
  create->add_option("NAME", s.key_create.name, "Letters, digits, '.', '_' and '-', at most 64")->required();
  create->add_option("--alg", s.key_create.algorithm, crypto::list_key_algorithms())->type_name("ALG")->required();
  create->add_option("--origin", s.key_create.origin, "derived (costs no storage) or random [derived; random for RSA]")
      ->type_name("O");
  create
      ->add_option("--use", s.key_create.uses,
                   "Allowed uses, separated by commas: " + crypto::list_key_uses() + " [what such keys are for]")
      ->type_name("U,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_command(*key, command, s.key_list, {"list", "List the keys", "holdfast key list"});
  auto* show = add_command(*key, command, s.key_show, {"show", "Show one key", "holdfast key show device"});
  show->add_option("NAME", s.key_show.name, "The key, or NAME@VERSION for one version")->required();
  auto* pub = add_command(
      *key, command, s.key_public,
      {"public", "Print a public key (PEM, SubjectPublicKeyInfo)", "holdfast key public device --out device.pem"});
  pub->add_option("NAME", s.key_public.name, "The key, or NAME@VERSION for one version")->required();
  pub->add_option("--out", s.key_public.out, "Output file [standard output]")->type_name("F");
  auto* import = add_command(*key, command, s.key_import,
                             {"import", "Take in a key that was made elsewhere, and prove that it works",
                              "holdfast key import old-ca --in ca.pem --passphrase-file ca.pass"});
  import->add_option("NAME", s.key_import.name, "Letters, digits, '.', '_' and '-', at most 64")->required();
  import->add_option("--in", s.key_import.in, "Private key, PEM or DER, encrypted or not [standard input]")
      ->type_name("F");
  import->add_option("--alg", s.key_import.algorithm, "aes-256 for 32 raw bytes; else the file says it")
      ->type_name("ALG");
  import->add_option("--use", s.key_import.uses, "Allowed uses, separated by commas [what such keys are for]")
      ->type_name("U,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  import->add_option("--passphrase-file", s.key_import.passphrase_file, "The key file's own passphrase")
      ->type_name("F");
  add_state_commands(*key, command, s);
  add_certificate_commands(*key, command, s);
}

void add_signature_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* sign = add_command(app, command, s.sign,
                           {"sign", "Sign with one of this device's keys",
                            "holdfast sign --key device --in firmware.bin --out firmware.sig"});
  sign->add_option("--key", s.sign.key, "The key, or NAME@VERSION for one version")->type_name("NAME")->required();
  add_scheme(*sign, s.sign.scheme);
  sign->add_option("--out", s.sign.out, "Output file [standard output]")->type_name("F");
  sign->add_flag("--deterministic", s.sign.deterministic, "The same signature every time (ECDSA by RFC 6979, ML-DSA)");

  auto* verify = add_command(app, command, s.verify,
                             {"verify", "Verify a signature; needs no anchor",
                              "holdfast verify --public device.pem --signature firmware.sig --in firmware.bin"});
  verify->add_option("--public", s.verify.public_key, "Public key, PEM or DER")->type_name("F")->required();
  verify->add_option("--signature", s.verify.signature, "The signature")->type_name("F")->required();
  add_scheme(*verify, s.verify.scheme);
}

void add_encryption_commands(CLI::App& app, std::optional<Command>& command, Storage& s) {
  auto* encrypt = add_command(app, command, s.encrypt,
                              {"encrypt", "Encrypt to a device's public key, or with a data key of this device",
                               "holdfast encrypt --to gate7-inbox.pem --in update.tar --out update.tar.enc"});
  encrypt->add_option("--in", s.encrypt.in, "Input file [standard input]")->type_name("F");
  encrypt->add_option("--out", s.encrypt.out, "Output file [standard output]")->type_name("F");
  auto* to =
      encrypt->add_option("--to", s.encrypt.to, "Recipient's public key: x25519-ml-kem-768, ML-KEM, or RSA (OAEP)")
          ->type_name("F");
  auto* key = encrypt->add_option("--key", s.encrypt.key, "A data key (aes-256) of this device")->type_name("NAME");
  to->excludes(key);
  encrypt->add_option("--name", s.encrypt.name, "Bind a name to the file (not for RSA)")->type_name("N");
  encrypt->add_option("--hash", s.encrypt.hash, "OAEP: sha256, sha384 or sha512 [sha256]")->type_name("H");
  encrypt->add_option("--label", s.encrypt.label, "OAEP: label, in hexadecimal")->type_name("HEX");
  encrypt->add_option("--aad", s.encrypt.associated, "Data key: associated data, in hexadecimal")->type_name("HEX");

  auto* decrypt = add_command(app, command, s.decrypt,
                              {"decrypt", "Decrypt with a key of this device (RSA-OAEP, AES-256-GCM)",
                               "holdfast decrypt --key transport --in session-key.enc --out session-key"});
  decrypt->add_option("--key", s.decrypt.key, "The key, or NAME@VERSION for one version")
      ->type_name("NAME")
      ->required();
  decrypt->add_option("--in", s.decrypt.in, "Input file [standard input]")->type_name("F");
  decrypt->add_option("--out", s.decrypt.out, "Output file [standard output]")->type_name("F");
  decrypt->add_option("--hash", s.decrypt.hash, "OAEP: sha256, sha384 or sha512 [sha256]")->type_name("H");
  decrypt->add_option("--label", s.decrypt.label, "OAEP: label, in hexadecimal")->type_name("HEX");
  decrypt->add_option("--aad", s.decrypt.associated, "Data key: associated data, in hexadecimal")->type_name("HEX");

  auto* derive = add_command(app, command, s.derive,
                             {"derive", "Agree on a secret with a peer (ECDH, X25519)",
                              "holdfast derive --key handshake --peer peer.pem --out secret.bin"});
  derive->add_option("--peer", s.derive.peer, "The peer's public key, PEM or DER")->type_name("F")->required();
  auto* own = derive->add_option("--key", s.derive.key, "The key, or NAME@VERSION for one version")->type_name("NAME");
  auto* ephemeral = derive
                        ->add_option("--ephemeral", s.derive.ephemeral,
                                     "Use a key that lives for this call only: x25519, ecdsa-p256 …")
                        ->type_name("ALG")
                        ->excludes(own);
  derive->add_option("--public-out", s.derive.public_out, "Write the ephemeral public key, which the peer needs")
      ->type_name("F")
      ->needs(ephemeral);
  ephemeral->needs("--public-out");
  derive->add_option("--info", s.derive.info, "Give out HKDF-SHA-512 with this info (hexadecimal), not the raw secret")
      ->type_name("HEX");
  derive->add_option("--size", s.derive.size, "Bytes of HKDF output, 1 to 4096 [32]")
      ->type_name("N")
      ->check(CLI::Range(1, 4096))
      ->needs("--info");
  derive->add_option("--out", s.derive.out, "Output file (0600) [standard output]")->type_name("F");
}

}  // namespace holdfast::app
