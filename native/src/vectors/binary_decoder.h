#pragma once

#include "vectors/decoder.h"

namespace wordmill {

/// word2vec's binary rows: key, space, numbers as little-endian f32, and a line feed that gensim and the GoogleNews
/// file leave out. One line feed before a key is therefore not part of it.
class BinaryDecoder : public Decoder {
 public:
  explicit BinaryDecoder(const wm_decoder_options& options) : Decoder(options) {}

 private:
  uint64_t decode(const uint8_t* bytes, uint64_t length, bool last) override;
};

}  // namespace wordmill
