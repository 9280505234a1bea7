// device_facts: what a fresh process finds of a device, as JSON: whether it opens, what each key is and whether it can
// still be used, certificates, events, the counter, and what files hold that were sealed before. Everything that the
// commands status, key list, events, sign and unseal would tell, for the price of one unlocking.
#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/program.hpp"
#include "device/trust/device.hpp"
#include "device/trust/report.hpp"

namespace {

using namespace holdfast;

constexpr std::size_t kMaxFile = std::size_t{1} << 20;

struct Arguments {
  std::string folder;
  std::string passphrase_file;
  std::string recovery_file;
  std::vector<std::string> sealed;
  std::vector<std::string> from_outside;
};

Arguments read_arguments(std::span<char*> words) {
  Arguments arguments;
  for (std::size_t at = 1; at + 1 < words.size(); at += 2) {
    const std::string_view word = words[at];
    const std::string value = words[at + 1];
    if (word == "--dir") {
      arguments.folder = value;
    } else if (word == "--passphrase-file") {
      arguments.passphrase_file = value;
    } else if (word == "--recovery-file") {
      arguments.recovery_file = value;
    } else if (word == "--sealed") {
      arguments.sealed.push_back(value);
    } else if (word == "--from-outside") {
      arguments.from_outside.push_back(value);
    } else {
      throw std::invalid_argument("'" + std::string(word) + "' is no option");
    }
  }
  if (words.size() % 2 == 0 || arguments.folder.empty()) throw std::invalid_argument("options come with a value each");
  return arguments;
}

Json problem(const Error& error) { return {{"code", name_of(error.code())}, {"message", error.message()}}; }

template <typename T>
std::string yes_or_why(const Result<T>& result) {
  return result.ok() ? "yes" : std::string(name_of(result.error().code()));
}

Result<void> try_to_sign(const trust::Key& key) {
  const auto message = as_bytes("what is signed");
  TRY_LET(const auto signature, key.sign({}, crypto::Randomness::hedged, trust::read_from(message)), "sign");
  TRY_LET(const auto pem, trust::public_pem_of(key.info()), "write public key");
  TRY_LET(const auto half, crypto::PublicKey::parse(as_bytes(pem)), "read public key");
  TRY_LET(const auto verdict, crypto::verify_message(half, {}, message, signature), "verify");
  if (verdict == crypto::Verdict::valid) return {};
  return Error(ErrorCode::malformed, "the signature does not verify");
}

Result<void> try_to_agree(const trust::Key& key) {
  TRY_LET(const auto pem, trust::public_pem_of(key.info()), "write public key");
  TRY_LET(const auto half, crypto::PublicKey::parse(as_bytes(pem)), "read public key");
  TRY_LET(const auto secret, key.agree(half), "agree");
  return {};
}

Result<void> try_data_key(const trust::Provider& provider, const trust::Key& key) {
  const auto& id = key.info().id;
  TRY_LET(const auto encrypted, key.encrypt_data({}, as_bytes("data")), "encrypt");
  TRY_LET(const auto decrypting, provider.open_key({id.name, id.version}, trust::KeyUse::decrypt), "open key");
  TRY_LET(const auto plaintext, decrypting->decrypt_data({}, encrypted), "decrypt");
  return {};
}

Result<void> try_to_use(const trust::Provider& provider, const trust::KeyInfo& info, trust::KeyUse use) {
  TRY_LET(const auto key, provider.open_key({info.id.name, info.id.version}, use), "open key");
  switch (use) {
    case trust::KeyUse::sign: return try_to_sign(*key);
    case trust::KeyUse::derive: return try_to_agree(*key);
    case trust::KeyUse::encrypt: return try_data_key(provider, *key);
    default: return {};  // that it opened compared its public half
  }
}

Json facts_of(const trust::Provider& provider, const trust::ListedKey& listed) {
  if (!listed.info.ok()) return {{"file", listed.place}, {"error", problem(listed.info.error())}};
  const auto& info = *listed.info;
  auto facts = trust::report_on(info);
  for (const auto use : info.uses) {
    facts["can_" + std::string(crypto::name_of(use))] = yes_or_why(try_to_use(provider, info, use));
  }
  const auto chain = provider.load_certificate({info.id.name, info.id.version});
  facts["certificate"] = chain.ok() ? to_hex(chain->leaf().fingerprint) : std::string(name_of(chain.error().code()));
  return facts;
}

Json facts_of_keys(const trust::Provider& provider) {
  const auto keys = provider.list_keys();
  if (!keys.ok()) return problem(keys.error());
  Json facts = Json::object();
  for (const auto& key : *keys) facts[key.place] = facts_of(provider, key);
  return facts;
}

Json facts_of_files(const trust::Provider& provider, const Arguments& arguments) {
  Json facts = Json::object();
  const auto tell = [&](const std::string& file, const Result<Bytes>& plaintext) {
    if (!plaintext.ok()) {
      facts[file] = problem(plaintext.error());
      return;
    }
    const auto digest = crypto::hash(crypto::HashAlgorithm::sha256, {*plaintext});
    facts[file] = digest.ok() ? Json(to_hex(*digest)) : problem(digest.error());
  };
  for (const auto& file : arguments.sealed) {
    tell(file, [&]() -> Result<Bytes> {
      TRY_LET(const auto sealed, read_file(file, kMaxFile), "read file");
      Bytes room(sealed.size());
      TRY_LET(const auto size, provider.unseal_into({}, sealed, room), "unseal");
      room.resize(size);
      return room;
    }());
  }
  for (const auto& file : arguments.from_outside) {
    tell(file, [&]() -> Result<Bytes> {
      TRY_LET(const auto encrypted, read_file(file, kMaxFile), "read file");
      return provider.unseal_bytes_from_outside({}, encrypted);
    }());
  }
  return facts;
}

Json facts_of_events(const trust::Device& device) {
  const auto events = device.load_events();
  if (!events.ok()) return problem(events.error());
  Json facts = Json::array();
  for (const auto& event : *events) facts.push_back(event.type);
  return facts;
}

Json facts_of_recovery(const trust::Device& device, const std::string& file) {
  const auto code = read_secret_file(file, 4096);
  if (!code.ok()) return problem(code.error());
  const auto opened = device.open_with_recovery_code(*code);
  if (!opened.ok()) return problem(opened.error());
  return "opens";
}

Json facts_of(const Arguments& arguments) {
  const auto device = trust::find_device(arguments.folder);
  if (!device.ok()) return {{"device", problem(device.error())}};
  trust::OpenOptions options;
  if (!arguments.passphrase_file.empty()) {
    options.passphrase.given = [&]() -> Result<SecretBytes> {
      TRY_LET(const auto typed, read_secret_file(arguments.passphrase_file, 4096), "read passphrase");
      return normalise_passphrase(typed);
    };
  }
  const auto trial = (*device)->try_to_open(options);
  if (!trial.ok()) return {{"device", problem(trial.error())}};
  Json facts{{"device", trust::report_on((*device)->info(), *trial)}};
  if (!(*device)->info().stateless) facts["events"] = facts_of_events(**device);
  if (!arguments.recovery_file.empty()) facts["recovery"] = facts_of_recovery(**device, arguments.recovery_file);
  if (!trial->provider) {
    facts["why_not"] = trial->why_not;
    return facts;
  }
  facts["files"] = facts_of_files(*trial->provider, arguments);
  if ((*device)->info().stateless) return facts;
  facts["keys"] = facts_of_keys(*trial->provider);
  const auto counter = trial->provider->read_counter();
  facts["counter"] = counter.ok() ? Json(*counter) : problem(counter.error());
  return facts;
}

}  // namespace

int main(int argc, char** argv) {
  crypto::prepare_program();
  try {
    const auto facts = facts_of(read_arguments({argv, static_cast<std::size_t>(argc)}));
    (void)std::printf("%s\n", facts.dump().c_str());
    return 0;
  } catch (const std::exception& problem) {
    (void)std::fprintf(stderr, "device_facts: %s\n", problem.what());
    return 1;
  }
}
