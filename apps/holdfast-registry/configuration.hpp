// What a registry can be told in DATA/registry.toml. Everything has a default.
#pragma once

#include "core/result.hpp"
#include "crypto/suites.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::registry_app {

struct Configuration {
  std::string name = "Holdfast";                ///< of the authority: "Holdfast Root CA"
  std::string organisation;                     ///< O of its certificates
  std::string address = "127.0.0.1";            ///< [est] address
  std::uint16_t port = 8443;                    ///< [est] port; 0 has the system choose
  std::vector<std::string> names{"localhost"};  ///< [est] names: what devices call the server; besides its address
  std::string database;                         ///< [database] url; sqlite:DATA/registry.db where it is empty
  std::filesystem::path checkpoint;  ///< [log] checkpoint: the file outside; see data_folder.hpp for the default
  crypto::KeyAlgorithm root_algorithm = crypto::KeyAlgorithm::ecdsa_p384;     ///< [authority] root, at first start
  crypto::KeyAlgorithm issuing_algorithm = crypto::KeyAlgorithm::ecdsa_p256;  ///< [authority] issuing, at first start
};

/// Reads the file, or takes the defaults where there is none. ErrorCode::usage, naming the line or the member, where
/// it says something that is not known.
[[nodiscard]] Result<Configuration> load_configuration(const std::filesystem::path& file);

/// Where devices enrol (RFC 7030, 3.2.2), by a name or an address of the server.
[[nodiscard]] std::string est_url(const std::string& host, std::uint16_t port);

}  // namespace holdfast::registry_app
