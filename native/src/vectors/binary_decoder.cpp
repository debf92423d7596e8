#include "vectors/binary_decoder.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "runtime/error.h"

namespace wordmill {

uint64_t BinaryDecoder::decode(const uint8_t* bytes, uint64_t length, bool) {
  const uint64_t numbers = columns() * sizeof(float);
  uint64_t done = 0;
  while (wantedRows() > 0 && done < length) {
    uint64_t begin = done;
    if (bytes[begin] == '\n') ++begin;
    const uint64_t most = std::min(length - begin, options().max_key_bytes + 1);
    const void* space = most == 0 ? nullptr : std::memchr(bytes + begin, ' ', most);
    if (space == nullptr) {
      if (most > options().max_key_bytes) {
        throw Error(WM_ERR_LIMIT, "the key of row " + std::to_string(rowsDone() + 1) + " is longer than " +
                                      std::to_string(options().max_key_bytes) + " bytes; is it a word2vec binary file?")
            .at(offsetOf(begin));
      }
      break;
    }
    const uint64_t end = static_cast<uint64_t>(static_cast<const uint8_t*>(space) - bytes);
    if (length - end - 1 < numbers) break;
    addKey({reinterpret_cast<const char*>(bytes) + begin, end - begin});
    addRows(bytes + end + 1, 1);
    done = end + 1 + numbers;
  }
  return done;
}

}  // namespace wordmill
