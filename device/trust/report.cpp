#include "device/trust/report.hpp"

#include <utility>

#include "core/encoding.hpp"

namespace holdfast::trust {
namespace {

Json to_json(const Drift& drift) {
  Json json{
      {"name", drift.name}, {"kind", name_of(drift.kind)}, {"counted", drift.counted}, {"required", drift.required}};
  if (!drift.reason.empty()) json["reason"] = drift.reason;
  if (drift.noisy) json["noisy"] = true;
  return json;
}

Json to_json(const FactorInfo& factor) {
  return {{"name", factor.name},
          {"source", factor.source},
          {"class", name_of(factor.attribute_class)},
          {"bits", factor.bits}};
}

Json quorum_json(const QuorumInfo& quorum) {
  Json counted = Json::array();
  for (const auto& a : quorum.counted) counted.push_back(to_json(a));
  Json required = Json::array();
  for (const auto& a : quorum.required) required.push_back({{"name", a.name}, {"source", a.source}});
  return {{"quorum", quorum.quorum},
          {"counted", std::move(counted)},
          {"required", std::move(required)},
          {"passphrase", quorum.needs_passphrase}};
}

Json noisy_json(const NoisyInfo& noisy, const Trial& trial) {
  Json json{{"name", noisy.name},
            {"source", noisy.source},
            {"class", noisy.physical ? "physical" : "declared"},
            {"role", noisy.alone ? "slot" : "required"},
            {"code", noisy.code},
            {"available", trial.noisy_problem ? Json(trial.noisy_problem->empty()) : Json()}};
  if (trial.noisy_problem && !trial.noisy_problem->empty()) json["reason"] = *trial.noisy_problem;
  return json;
}

Json clone_signs_json(const std::vector<CloneSign>& signs) {
  Json list = Json::array();
  for (const auto& sign : signs) {
    list.push_back({{"sign", name_of(sign.kind)}, {"evidence", sign.evidence}, {"message", describe(sign)}});
  }
  return list;
}

Json stateless_json(const DeviceInfo& device) {
  if (!device.stateless) return nullptr;
  Json attributes = Json::array();
  for (const auto& a : device.quorum->required) attributes.push_back(to_json(a));
  return {{"check", device.stateless->check},
          {"device_salt", device.stateless->has_device_salt},
          {"attributes", std::move(attributes)}};
}

}  // namespace

Json report_on(const std::optional<SharingInfo>& sharing) {
  if (!sharing) return nullptr;
  return {{"group", sharing->group}, {"may_write", sharing->may_write}};
}

Json report_on(const std::optional<EscrowInfo>& escrow) {
  if (!escrow) return nullptr;
  Json officers = Json::array();
  for (const auto& officer : escrow->officers) {
    officers.push_back({{"share", officers.size() + 1},
                        {"subject", officer.subject},
                        {"fingerprint", to_hex(officer.fingerprint)},
                        {"expires", format_rfc3339(officer.expires)}});
  }
  return {{"id", escrow->id},
          {"name", escrow->name},
          {"made", format_rfc3339(escrow->made)},
          {"threshold", escrow->threshold},
          {"officers", std::move(officers)}};
}

Json report_on(const DeviceInfo& device, const Trial& trial) {
  Json json{{"anchor", device.id},
            {"dir", device.folder.string()},
            {"shared_with", report_on(device.shared_with)},
            {"made_by", device.made_by.empty() ? Json() : Json(device.made_by)},
            {"created", device.created ? Json(format_rfc3339(*device.created)) : Json()},
            {"stateless", stateless_json(device)},
            {"generation", device.generation},
            {"epoch", device.epoch},
            {"platform", device.platform},
            {"profile", device.profile},
            {"profile_description", device.profile_description},
            {"module", crypto::describe_module(device.module)},
            {"tier", name_of(device.assurance.tier)},
            {"tier_reason", device.assurance.reason},
            {"weakest_bits", device.assurance.weakest_bits},
            {"slots", device.ways},
            {"escrow", report_on(device.escrow)},
            {"low_entropy_accepted", device.low_entropy_accepted},
            {"warnings", device.assurance.warnings}};
  if (!device.profile_problem.empty()) json["profile_problem"] = device.profile_problem;
  if (device.quorum && !device.stateless) json["fingerprint_slot"] = quorum_json(*device.quorum);
  if (device.noisy) json["noisy"] = noisy_json(*device.noisy, trial);
  if (trial.outcome == Trial::Outcome::passphrase_needed) {
    json["opens"] = nullptr;
  } else {
    json["opens"] = trial.outcome == Trial::Outcome::opens;
  }
  if (trial.outcome == Trial::Outcome::does_not_open) json["why_not"] = trial.why_not;
  if (trial.outcome == Trial::Outcome::opens && !device.stateless) {
    Json drift = Json::array();
    for (const auto& d : trial.drift.drift) drift.push_back(to_json(d));
    json["drift"] = std::move(drift);
    json["margin"] = trial.drift.margin;
    json["clone_signs"] = clone_signs_json(trial.clone_signs);
  }
  return json;
}

Json report_on(const KeyInfo& key) {
  Json uses = Json::array();
  for (const auto use : key.uses) uses.push_back(crypto::name_of(use));
  Json json{{"name", key.id.name.text()},
            {"version", key.id.version.number},
            {"algorithm", crypto::row_of(key.algorithm).name},
            {"uses", std::move(uses)},
            {"origin", keys::name_of(key.origin)},
            {"epoch", key.root_epoch},
            {"state", keys::name_of(key.state)},
            {"created", key.created ? Json(format_rfc3339(*key.created)) : Json()}};
  if (!key.half.public_key.empty()) {
    json["public_sha256"] = to_hex(key.half.public_sha256);
  } else {
    json["key_check"] = to_hex(key.half.key_check);
  }
  return json;
}

Json report_on(const std::vector<ListedKey>& keys) {
  Json list = Json::array();
  for (const auto& key : keys) {
    if (key.info.ok()) {
      list.push_back(report_on(*key.info));
      continue;
    }
    const auto& problem = key.info.error();
    list.push_back(
        {{"file", key.place}, {"error", {{"code", name_of(problem.code())}, {"message", problem.message()}}}});
  }
  return {{"keys", std::move(list)}};
}

}  // namespace holdfast::trust
