#include "vectors/decoder.h"

#include "c_api/guard.h"
#include "c_api/handles.h"

using namespace wordmill;

struct wm_decoder {
  std::unique_ptr<Decoder> value;
};

wm_code wm_decoder_create(const wm_decoder_options* options, wm_decoder** out, wm_error* error) {
  return guard(error, [&] {
    require(options != nullptr, "options", "options must not be NULL");
    require(out != nullptr, "out", "out must not be NULL");
    *out = new wm_decoder{Decoder::create(*options)};
  });
}

wm_code wm_decoder_feed(wm_decoder* decoder, const uint8_t* bytes, uint64_t length, int32_t* wanted, wm_error* error) {
  return guard(error, [&] {
    require(decoder != nullptr, "decoder", "decoder must not be NULL");
    require(length == 0 || bytes != nullptr, "bytes", "bytes must not be NULL");
    const bool more = decoder->value->feed(bytes, length);
    if (wanted != nullptr) *wanted = more ? 1 : 0;
  });
}

wm_code wm_decoder_finish(wm_decoder* decoder, wm_table** table, wm_keys** keys, wm_error* error) {
  return guard(error, [&] {
    require(decoder != nullptr, "decoder", "decoder must not be NULL");
    require(table != nullptr && keys != nullptr, "table", "table and keys must not be NULL");
    Decoder::Result result = decoder->value->finish();
    std::unique_ptr<wm_table> made(new wm_table{std::move(result.table)});
    *keys = result.keys ? new wm_keys{std::move(result.keys)} : nullptr;
    *table = made.release();
  });
}

void wm_decoder_release(wm_decoder* decoder) { delete decoder; }
