// Enrolment over Secure Transport (RFC 7030, 8951, 9908): requests in, what the registry decided out.
#pragma once

#include "registry/domain/enrolment_service.hpp"
#include "registry/protocols/message.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace holdfast::est {

/// How keys that a server would make are refused: because a device's key never leaves it, or as something that is not
/// there, for clients that give up only then.
enum class ServerKeygen : std::uint8_t {
  forbidden,        ///< 403
  not_implemented,  ///< 501
};

struct Settings {
  ServerKeygen server_keygen = ServerKeygen::forbidden;
  std::chrono::seconds retry_after{10};  ///< where the registry cannot work at present
  /// Told of what went wrong inside, which the client does not learn. Called from any thread; may be empty.
  std::function<void(const Error&)> report;
};

/// Formats that are read and written elsewhere.
struct Formats {
  /// The key for which a certificate request (PKCS #10, DER or PEM) asks, after its proof of possession was verified.
  /// ErrorCode::malformed and ErrorCode::refused, with messages for whoever sent it.
  std::function<Result<crypto::PublicKey>(ByteView request)> read_request;
  /// A certs-only PKCS #7, DER.
  std::function<Result<Bytes>(std::span<const Bytes> certificates)> write_certificates;
};

/// Answers what is asked for below /.well-known/est. Labels (RFC 7030, 3.2.2) name other authorities, of which there
/// are none: all but the empty one are answered with 404. Thread-safe if the service is, which must outlive it.
class Handler {
 public:
  Handler(domain::EnrolmentService& service, Formats formats, Settings settings)
      : service_(service), formats_(std::move(formats)), settings_(std::move(settings)) {}

  /// Any request gets an answer; refusals say in plain text what to do.
  [[nodiscard]] protocols::Response handle(const protocols::Request& request) const;

 private:
  struct Operation;
  [[nodiscard]] static std::span<const Operation> operations();
  [[nodiscard]] protocols::Response perform(const Operation& operation, const protocols::Request& request) const;

  [[nodiscard]] Result<protocols::Response> authority_certificates(const protocols::Request& request) const;
  [[nodiscard]] Result<protocols::Response> request_attributes(const protocols::Request& request) const;
  [[nodiscard]] Result<protocols::Response> enrol(const protocols::Request& request) const;
  [[nodiscard]] Result<protocols::Response> renew(const protocols::Request& request) const;
  [[nodiscard]] Result<protocols::Response> refuse_keygen(const protocols::Request& request) const;

  [[nodiscard]] Result<crypto::PublicKey> requested_key(const protocols::Request& request) const;
  [[nodiscard]] Result<protocols::Response> answer(const protocols::Request& request,
                                                   const domain::EnrolmentAnswer& decided) const;
  [[nodiscard]] protocols::Response refusal(const Error& error) const;

  domain::EnrolmentService& service_;
  Formats formats_;
  Settings settings_;
};

}  // namespace holdfast::est
