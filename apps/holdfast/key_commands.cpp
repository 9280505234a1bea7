#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/ends.hpp"
#include "apps/holdfast/exit_status.hpp"
#include "apps/holdfast/session.hpp"
#include "apps/holdfast/terminal.hpp"
#include "core/encoding.hpp"
#include "core/text.hpp"
#include "device/keys/key_store.hpp"

namespace holdfast::app {
namespace {

std::string uses_of(const keys::KeyRecord& record) {
  std::string text;
  for (const auto use : record.uses) text += (text.empty() ? "" : ",") + std::string(name_of(use));
  return text;
}

Json record_json(const keys::KeyRecord& record) {
  Json uses = Json::array();
  for (const auto use : record.uses) uses.push_back(name_of(use));
  return {{"name", record.id.name.text()},
          {"version", record.id.version.number},
          {"algorithm", crypto::row_of(record.algorithm).name},
          {"uses", std::move(uses)},
          {"origin", name_of(record.origin)},
          {"epoch", record.epoch.number},
          {"state", name_of(record.state)},
          {"created", format_rfc3339(record.created)},
          {"public_sha256", to_hex(record.half.public_sha256)}};
}

std::string text_of(const keys::KeyRecord& record) {
  return "Name        " + record.id.name.text() + "\n" +                               //
         "Version     " + std::to_string(record.id.version.number) + "\n" +            //
         "Algorithm   " + std::string(crypto::row_of(record.algorithm).name) + "\n" +  //
         "Uses        " + uses_of(record) + "\n" +                                     //
         "Origin      " + std::string(name_of(record.origin)) + "\n" +                 //
         "Root epoch  " + std::to_string(record.epoch.number) + "\n" +                 //
         "State       " + std::string(name_of(record.state)) + "\n" +                  //
         "Created     " + format_rfc3339(record.created) + "\n" +                      //
         "Public key  SHA-256 " + to_hex(record.half.public_sha256) + "\n";
}

Result<keys::CreateRequest> create_request(const KeyCreateArguments& arguments) {
  TRY_LET(auto name, keys::KeyName::parse(arguments.name), "read key name");
  const auto algorithm = crypto::find_key_algorithm(arguments.algorithm);
  if (!algorithm) {
    return Error(ErrorCode::usage,
                 "--alg '" + arguments.algorithm + "' is not one of: " + crypto::list_key_algorithms());
  }
  keys::CreateRequest request{std::move(name), *algorithm};
  if (!arguments.origin.empty()) {
    TRY_LET(request.origin, keys::parse_key_origin(arguments.origin), "read --origin");
  }
  if (!arguments.uses.empty()) request.uses.clear();
  for (const auto& text : arguments.uses) {
    TRY_LET(const auto use, keys::parse_key_use(text), "read --use");
    request.uses.insert(use);
  }
  return request;
}

// The record of a key that was named on the command line.
Result<keys::KeyRecord> find_key(const GlobalArguments& global, const std::string& typed) {
  TRY_LET(const auto name, keys::KeyName::parse(typed), "read key name");
  TRY_LET(const auto session, open_session(global), "open anchor");
  TRY_LET(const auto store, keys::KeyStore::open(session.folder, session.anchor.roots), "open key store");
  return store.find({name});
}

}  // namespace

Result<int> run(const GlobalArguments& global, const KeyCreateArguments& arguments) {
  TRY_LET(auto request, create_request(arguments), "read arguments");
  TRY_LET(const auto session, open_session(global), "open anchor");
  TRY_LET(const auto store, keys::KeyStore::open(session.folder, session.anchor.roots), "open key store");
  Progress progress("Searching primes for " + arguments.algorithm, global.quiet);
  request.progress = [&] { progress.pulse(); };
  TRY_LET(const auto record, store.create(request), "create key");
  TRY(print(global, record_json(record), global.quiet ? "" : text_of(record)), "print key");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const KeyListArguments&) {
  TRY_LET(const auto session, open_session(global), "open anchor");
  TRY_LET(const auto store, keys::KeyStore::open(session.folder, session.anchor.roots), "open key store");
  TRY_LET(const auto keys, store.list(), "list keys");
  Table table({"NAME", "VERSION", "ALGORITHM", "USES", "ORIGIN", "STATE", "CREATED"});
  Json list = Json::array();
  const Error* damaged = nullptr;
  for (const auto& key : keys) {
    if (!key.record.ok()) {
      damaged = &key.record.error();
      list.push_back(
          {{"file", key.file}, {"error", {{"code", name_of(damaged->code())}, {"message", damaged->message()}}}});
      table.add({{printable(key.file), Colour::bad}, {"-"}, {"-"}, {"-"}, {"-"}, {"damaged", Colour::bad}, {"-"}});
      continue;
    }
    const auto& record = *key.record;
    list.push_back(record_json(record));
    table.add(
        {{record.id.name.text()},
         {std::to_string(record.id.version.number)},
         {std::string(crypto::row_of(record.algorithm).name)},
         {uses_of(record)},
         {std::string(name_of(record.origin))},
         {std::string(name_of(record.state)), record.state == keys::KeyState::active ? Colour::good : Colour::warning},
         {format_rfc3339(record.created)}});
  }
  const auto text =
      keys.empty() ? "There are no keys yet; make one with 'holdfast key create NAME --alg ALG'.\n" : table.render();
  TRY(print(global, {{"keys", std::move(list)}}, text), "print keys");
  // The list is complete, yet a script must not take it for healthy.
  if (damaged != nullptr) return *damaged;
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const KeyShowArguments& arguments) {
  TRY_LET(const auto record, find_key(global, arguments.name), "find key");
  TRY(print(global, record_json(record), text_of(record)), "print key");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const KeyPublicArguments& arguments) {
  TRY_LET(const auto record, find_key(global, arguments.name), "find key");
  TRY_LET(const auto key, keys::public_key_of(record), "read public key");
  TRY_LET(const auto pem, key.to_pem(), "write public key");
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::text), "open output");
  TRY(out.write(as_bytes(pem)), "write public key");
  TRY(out.commit(), "put output in place");
  return kExitDone;
}

}  // namespace holdfast::app
