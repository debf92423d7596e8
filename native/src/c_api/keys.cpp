#include "text/keys.h"

#include "c_api/guard.h"
#include "c_api/handles.h"

using namespace wordmill;

wm_code wm_keys_create(const uint8_t* bytes, const uint64_t* offsets, uint64_t n, wm_keys** out, wm_error* error) {
  return guard(error, [&] {
    require(out != nullptr, "out", "out must not be NULL");
    require(n == 0 || offsets != nullptr, "offsets", "offsets must not be NULL");
    require(n == 0 || bytes != nullptr || offsets[n] == offsets[0], "bytes", "bytes must not be NULL");
    *out = new wm_keys{Keys::create(bytes, offsets, n)};
  });
}

wm_code wm_keys_map(const char* path, uint64_t bytes_offset, uint64_t bytes_length, uint64_t offsets_offset, uint64_t n,
                    uint64_t slots_offset, uint64_t slot_count, wm_keys** out, wm_error* error) {
  return guard(error, [&] {
    require(path != nullptr, "path", "path must not be NULL");
    require(out != nullptr, "out", "out must not be NULL");
    *out = new wm_keys{
        Keys::map(FileMapping::open(path), bytes_offset, bytes_length, offsets_offset, n, slots_offset, slot_count)};
  });
}

uint64_t wm_keys_size(const wm_keys* keys) { return keys->value->size(); }

uint64_t wm_keys_duplicates(const wm_keys* keys) { return keys->value->duplicates(); }

int64_t wm_keys_find(const wm_keys* keys, const uint8_t* bytes, uint64_t length) {
  return keys->value->find(bytes, length);
}

wm_code wm_keys_at(const wm_keys* keys, uint64_t row, const uint8_t** bytes, uint64_t* length, wm_error* error) {
  return guard(error, [&] {
    require(keys != nullptr, "keys", "keys must not be NULL");
    require(row < keys->value->size(), "row", "row is not less than the number of keys");
    const std::string_view key = keys->value->at(row);
    *bytes = reinterpret_cast<const uint8_t*>(key.data());
    *length = key.size();
  });
}

void wm_keys_parts(const wm_keys* keys, wm_keys_parts_info* out) {
  const Keys& value = *keys->value;
  out->bytes = value.bytes();
  out->bytes_length = value.bytesLength();
  out->offsets = reinterpret_cast<const uint64_t*>(value.offsets());
  out->slots = reinterpret_cast<const uint32_t*>(value.slots());
  out->slot_count = value.slotCount();
}

void wm_keys_release(wm_keys* keys) { delete keys; }
