// Runs a fuzz target over every file of the folders named on the command line, without libFuzzer, so that the
// corpus is part of every ordinary test run.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <print>
#include <span>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::optional<std::vector<std::uint8_t>> content_of(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(input), {}};
  if (!input) return std::nullopt;
  return std::vector<std::uint8_t>(text.begin(), text.end());
}

int replay(std::span<char*> folders) {
  if (folders.empty()) {
    std::println(stderr, "usage: NAME_fuzz FOLDER...");
    return 2;
  }
  for (const std::filesystem::path folder : folders) {
    if (!std::filesystem::is_directory(folder)) {
      std::println(stderr, "replay: no folder '{}'", folder.string());
      return 1;
    }
    const auto files = files_in(folder);
    if (files.empty()) {
      std::println(stderr, "replay: '{}' holds no inputs", folder.string());
      return 1;
    }
    for (const auto& file : files) {
      const auto content = content_of(file);
      if (!content) {
        std::println(stderr, "replay: cannot read '{}'", file.string());
        return 1;
      }
      // Told before the run, so that the last line names the input that brought the program down.
      std::println("{}", file.string());
      std::fflush(stdout);
      LLVMFuzzerTestOneInput(content->data(), content->size());
    }
    std::println("replayed {} inputs of '{}'", files.size(), folder.string());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return replay(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  } catch (const std::exception& problem) {
    std::println(stderr, "replay: {}", problem.what());
    return 1;
  }
}
