// What the tests of streams share: files in memory, and pipes.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "core/file.hpp"

namespace holdfast::seal::test {

/// A file in memory that holds `content`, at its beginning.
inline FileDescriptor file_with(ByteView content) {
  FileDescriptor file(::memfd_create("test", MFD_CLOEXEC));
  EXPECT_TRUE(write_all(file.get(), content, "memory").ok());
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

inline Bytes content_of(const FileDescriptor& file) {
  Bytes bytes(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)));
  ::lseek(file.get(), 0, SEEK_SET);
  EXPECT_EQ(read_full(file.get(), bytes, "memory").value(), bytes.size());
  return bytes;
}

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;

  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read_end = FileDescriptor(ends[0]);
    write_end = FileDescriptor(ends[1]);
  }
};

}  // namespace holdfast::seal::test
