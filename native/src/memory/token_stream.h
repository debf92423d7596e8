#pragma once

#include <cstdint>
#include <string>

namespace wordmill {

/// A contiguous array of token ids that grows at its end. It lives in memory up to a limit, beyond that in a mapped
/// temporary file that has no name, so that nothing of it remains however the process ends.
class TokenStream {
 public:
  /// `memoryLimit` in bytes, 0 = none. An empty `folder` means TMPDIR, or else /tmp.
  explicit TokenStream(uint64_t memoryLimit = 0, std::string folder = {});
  ~TokenStream();
  TokenStream(const TokenStream&) = delete;
  TokenStream& operator=(const TokenStream&) = delete;

  /// Throws std::bad_alloc, or WM_ERR_IO when the temporary file cannot be made or the disk is full; the stream is
  /// then as it was.
  void append(const uint32_t* ids, uint64_t count);
  void append(uint32_t id) { append(&id, 1); }
  /// Gives back the room beyond the last id.
  void finish();

  uint32_t* data() { return data_; }
  const uint32_t* data() const { return data_; }
  uint64_t size() const { return size_; }
  uint64_t bytes() const { return size_ * sizeof(uint32_t); }
  bool spilled() const { return descriptor_ >= 0; }

 private:
  void grow(uint64_t neededBytes);
  void growInMemory(uint64_t bytes);
  void growFile(uint64_t bytes);

  uint64_t memoryLimit_;
  std::string folder_;
  uint32_t* data_ = nullptr;
  uint64_t size_ = 0;
  uint64_t capacity_ = 0;  // bytes, whole pages
  int descriptor_ = -1;
};

}  // namespace wordmill
