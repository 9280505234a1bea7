#include "device/anchor/slot_members.hpp"

#include <algorithm>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"

namespace holdfast::anchor {
namespace {

static_assert(kWrappedRootSize == kRootSize + crypto::kWrapOverhead);

Result<crypto::StretchCosts> parse_argon2(const Json& json, const std::string& what) {
  JsonReader reader(json, what);
  crypto::Argon2Params params;
  params.memory_kib = static_cast<std::uint32_t>(reader.number("memory_kib", 0, UINT32_MAX));
  params.passes = static_cast<std::uint32_t>(reader.number("passes", 0, UINT32_MAX));
  params.lanes = static_cast<std::uint32_t>(reader.number("lanes", 0, UINT32_MAX));
  TRY(reader.finish(), "parse Argon2id parameters");
  TRY(crypto::check_bounds(params), "check Argon2id parameters");
  return crypto::StretchCosts(params);
}

Result<crypto::StretchCosts> parse_pbkdf2(const Json& json, const std::string& what) {
  JsonReader reader(json, what);
  crypto::Pbkdf2Params params;
  params.iterations = static_cast<std::uint32_t>(reader.number("iterations", 0, UINT32_MAX));
  TRY(reader.finish(), "parse PBKDF2 parameters");
  TRY(crypto::check_bounds(params), "check PBKDF2 parameters");
  return crypto::StretchCosts(params);
}

}  // namespace

CostsMember read_costs(JsonReader& reader) {
  const bool approved = reader.has("pbkdf2");
  return {approved, &reader.object(approved ? "pbkdf2" : "argon2")};
}

Result<crypto::StretchCosts> parse_costs(const CostsMember& member, const std::string& what) {
  return member.approved ? parse_pbkdf2(*member.costs, what + ", pbkdf2")
                         : parse_argon2(*member.costs, what + ", argon2");
}

void add_costs(Json& json, const crypto::StretchCosts& costs) {
  if (const auto* const argon2 = std::get_if<crypto::Argon2Params>(&costs)) {
    json["argon2"] = {{"memory_kib", argon2->memory_kib}, {"passes", argon2->passes}, {"lanes", argon2->lanes}};
  } else {
    json["pbkdf2"] = {{"iterations", std::get<crypto::Pbkdf2Params>(costs).iterations}};
  }
}

Result<Bytes> commitment_of(const SecretBytes& wrap) {
  TRY_LET(const auto commitment, crypto::hkdf(wrap, {}, crypto::label("commit")), "commit");
  const auto bytes = commitment.expose(SecretAccess{});
  return Bytes(bytes.begin(), bytes.end());
}

std::string text_of(const SubsetWrap& wrap) {
  Bytes both = wrap.commitment;
  append(both, wrap.wrapped);
  return to_base64(both);
}

SubsetWrap split_wrap(ByteView both) {
  const auto size = std::min(both.size(), kCommitmentSize);
  const auto commitment = both.first(size);
  const auto wrapped = both.subspan(size);
  return {Bytes(commitment.begin(), commitment.end()), Bytes(wrapped.begin(), wrapped.end())};
}

Result<std::vector<SubsetWrap>> parse_wraps(const Json& array, const std::string& what) {
  std::vector<SubsetWrap> wraps;
  for (const auto& element : array) {
    const auto bytes = element.is_string() ? parse_base64(element.get_ref<const std::string&>())
                                           : Result<Bytes>(Error(ErrorCode::malformed, "not text"));
    if (!bytes.ok() || bytes->size() != kCommitmentSize + kWrappedRootSize) {
      return Error(ErrorCode::malformed, what + ": wrap " + std::to_string(wraps.size() + 1) + " is malformed");
    }
    wraps.push_back(split_wrap(*bytes));
  }
  return wraps;
}

}  // namespace holdfast::anchor
