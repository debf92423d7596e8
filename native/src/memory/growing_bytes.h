#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace wordmill {

/// Where bytes may be held.
struct Storage {
  uint64_t memoryLimit = 0;  // bytes, 0 = none
  std::string folder;        // of temporary files; empty: TMPDIR, or else /tmp
};

/// Contiguous bytes that grow at their end. They live in memory up to a limit, beyond that in a mapped temporary file
/// that has no name, so that nothing of it remains however the process ends.
class GrowingBytes {
 public:
  /// `content` says in errors what did not fit: "tokens".
  GrowingBytes(Storage storage, const char* content) : storage_(std::move(storage)), content_(content) {}
  GrowingBytes(GrowingBytes&& other) noexcept;
  GrowingBytes& operator=(GrowingBytes&&) = delete;
  ~GrowingBytes();

  /// Throws std::bad_alloc, or WM_ERR_IO when the temporary file cannot be made or the disk is full; the bytes are then
  /// as they were.
  void append(const void* bytes, uint64_t count);
  /// Moves to a file, whatever the limit.
  void spill();
  /// Gives back the room beyond the last byte.
  void finish();
  /// Of a file: lets its pages leave the memory of this process until they are touched again.
  void letGo() const;

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  uint64_t size() const { return size_; }
  bool spilled() const { return descriptor_ >= 0; }

 private:
  void grow(uint64_t needed);
  void growInMemory(uint64_t bytes);
  void growFile(uint64_t bytes);

  Storage storage_;
  const char* content_;
  std::byte* data_ = nullptr;
  uint64_t size_ = 0;
  uint64_t capacity_ = 0;  // whole pages
  int descriptor_ = -1;
};

}  // namespace wordmill
