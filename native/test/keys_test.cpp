#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

#include "check.h"
#include "text/hash.h"
#include "wordmill.h"

namespace {

wm_keys* makeKeys(const std::vector<std::string>& words) {
  std::string bytes;
  std::vector<uint64_t> offsets{0};
  for (const std::string& word : words) {
    bytes += word;
    offsets.push_back(bytes.size());
  }
  wm_keys* keys = nullptr;
  wm_error error;
  CHECK_EQUAL(
      wm_keys_create(reinterpret_cast<const uint8_t*>(bytes.data()), offsets.data(), words.size(), &keys, &error),
      WM_OK);
  return keys;
}

int64_t find(const wm_keys* keys, const std::string& word) {
  return wm_keys_find(keys, reinterpret_cast<const uint8_t*>(word.data()), word.size());
}

uint64_t hash(const std::string& text) {
  return wordmill::hashBytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

/// A file that is gone when the test ends.
struct TemporaryFile {
  char path[32] = "/tmp/wordmill-keys-XXXXXX";
  int descriptor = mkstemp(path);
  ~TemporaryFile() {
    close(descriptor);
    unlink(path);
  }
  void write(const std::string& bytes) const {
    CHECK_EQUAL(ftruncate(descriptor, 0), 0);
    CHECK_EQUAL(pwrite(descriptor, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
};

void hashIsFixed() {
  // Computed apart from this code; a change here breaks every saved file.
  CHECK_EQUAL(hash(""), 0xE18485764BA03644U);
  CHECK_EQUAL(hash("a"), 0xC372F70D26C375A4U);
  CHECK_EQUAL(hash("the"), 0x020AC8BE24032264U);
  CHECK_EQUAL(hash("12345678"), 0xCF5EC5A17D8DF5D4U);
  CHECK_EQUAL(hash("internationalisation"), 0x127C87801B170640U);
}

void findsEveryKey() {
  const std::string nul("a\0b", 3);
  wm_keys* keys = makeKeys({"the", "", "__proto__", nul, "\xff\xfe", "new\xc2\xa0york", "the", "a", ""});
  CHECK_EQUAL(wm_keys_size(keys), 9U);
  CHECK_EQUAL(wm_keys_duplicates(keys), 2U);
  CHECK_EQUAL(find(keys, "the"), 0);
  CHECK_EQUAL(find(keys, ""), 1);
  CHECK_EQUAL(find(keys, "__proto__"), 2);
  CHECK_EQUAL(find(keys, nul), 3);
  CHECK_EQUAL(find(keys, "\xff\xfe"), 4);
  CHECK_EQUAL(find(keys, "new\xc2\xa0york"), 5);
  CHECK_EQUAL(find(keys, "a"), 7);
  CHECK_EQUAL(find(keys, "b"), -1);
  const uint8_t* bytes = nullptr;
  uint64_t length = 0;
  wm_error error;
  CHECK_EQUAL(wm_keys_at(keys, 6, &bytes, &length, &error), WM_OK);
  CHECK_EQUAL(std::string(reinterpret_cast<const char*>(bytes), length), "the");
  CHECK_EQUAL(wm_keys_at(keys, 9, &bytes, &length, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "row");
  wm_keys_release(keys);

  keys = makeKeys({});
  CHECK_EQUAL(wm_keys_size(keys), 0U);
  CHECK_EQUAL(find(keys, ""), -1);
  wm_keys_release(keys);
}

void findsManyKeys() {
  std::vector<std::string> words;
  for (int i = 0; i < 100000; ++i) words.push_back("word" + std::to_string(i * 7919));
  wm_keys* keys = makeKeys(words);
  uint64_t wrong = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    wrong += find(keys, words[i]) != static_cast<int64_t>(i);
    wrong += find(keys, words[i] + "x") != -1;
  }
  CHECK_EQUAL(wrong, 0U);
  wm_keys_release(keys);
}

void rejectsBackwardOffsets() {
  const uint64_t offsets[] = {0, 3, 2};
  wm_keys* keys = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_keys_create(reinterpret_cast<const uint8_t*>("abc"), offsets, 2, &keys, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "offsets");
  CHECK(keys == nullptr);
}

void mapsWhatItSaved() {
  wm_keys* keys = makeKeys({"one", "two", "three", "two"});
  wm_keys_parts_info parts;
  wm_keys_parts(keys, &parts);
  // An odd offset, as a safetensors file may have.
  std::string file = "#";
  const uint64_t bytesOffset = file.size();
  file.append(reinterpret_cast<const char*>(parts.bytes), parts.bytes_length);
  const uint64_t offsetsOffset = file.size();
  file.append(reinterpret_cast<const char*>(parts.offsets), 5 * sizeof(uint64_t));
  const uint64_t slotsOffset = file.size();
  file.append(reinterpret_cast<const char*>(parts.slots), parts.slot_count * sizeof(uint32_t));
  const uint64_t slotCount = parts.slot_count;
  const uint64_t bytesLength = parts.bytes_length;
  wm_keys_release(keys);

  const TemporaryFile temporary;
  temporary.write(file);
  wm_error error;
  keys = nullptr;
  const auto map = [&](uint64_t length, uint64_t n, uint64_t slots) {
    return wm_keys_map(temporary.path, bytesOffset, length, offsetsOffset, n, slotsOffset, slots, &keys, &error);
  };
  if (CHECK_EQUAL(map(bytesLength, 4, slotCount), WM_OK)) {
    CHECK_EQUAL(find(keys, "one"), 0);
    CHECK_EQUAL(find(keys, "two"), 1);
    CHECK_EQUAL(find(keys, "three"), 2);
    CHECK_EQUAL(find(keys, "four"), -1);
    CHECK_EQUAL(wm_keys_duplicates(keys), 1U);
    wm_keys_release(keys);
  }
  CHECK_EQUAL(map(bytesLength, 4, slotCount * 2), WM_ERR_TRUNCATED);
  CHECK_EQUAL(map(bytesLength, 4, 7), WM_ERR_FORMAT);
  CHECK_EQUAL(map(bytesLength, UINT64_MAX / 8, slotCount), WM_ERR_LIMIT);
  CHECK_EQUAL(map(UINT64_MAX, 4, slotCount), WM_ERR_TRUNCATED);
  CHECK_EQUAL(map(bytesLength - 1, 4, slotCount), WM_ERR_FORMAT);
  CHECK_EQUAL(error.offset, static_cast<int64_t>(offsetsOffset + 4 * sizeof(uint64_t)));

  // Slots full of nonsense: every look-up ends, and none of them reads elsewhere.
  std::string damaged = file;
  std::memset(&damaged[slotsOffset], 0xee, slotCount * sizeof(uint32_t));
  temporary.write(damaged);
  if (CHECK_EQUAL(map(bytesLength, 4, slotCount), WM_OK)) {
    CHECK_EQUAL(find(keys, "one"), -1);
    wm_keys_release(keys);
  }
  CHECK_EQUAL(wm_keys_map("/nonexistent/file", 0, 0, 0, 0, 0, 1, &keys, &error), WM_ERR_IO);
  CHECK_EQUAL(error.system, ENOENT);
  CHECK(std::strstr(error.text, "/nonexistent/file") != nullptr);
  CHECK_EQUAL(wm_keys_map("/tmp", 0, 0, 0, 0, 0, 1, &keys, &error), WM_ERR_IO);
  CHECK_EQUAL(error.system, EISDIR);
}

}  // namespace

int main() {
  hashIsFixed();
  findsEveryKey();
  findsManyKeys();
  rejectsBackwardOffsets();
  mapsWhatItSaved();
  return checkResult();
}
