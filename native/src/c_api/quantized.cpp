#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "c_api/guard.h"
#include "c_api/handles.h"
#include "memory/table.h"
#include "quantize/product_quantizer.h"
#include "runtime/parallel.h"

using namespace wordmill;

namespace {

void checkShape(uint64_t rows, uint64_t columns, uint32_t pieceLength) {
  require(rows >= 1 && rows < UINT32_MAX, "rows", "there must be 1 .. 2^32 - 2 rows");
  require(columns >= 1 && columns <= (1U << 20U), "columns", "there must be 1 .. 1048576 columns");
  require(pieceLength >= 1 && pieceLength <= columns, "pieceLength", "a piece has 1 number up to all of a row");
}

}  // namespace

wm_code wm_quantized_of_table(const wm_table* table, const uint32_t* rows, uint64_t n, uint32_t piece_length, int norms,
                              uint64_t seed, uint32_t threads, const wm_signal* signal, wm_quantized** out,
                              wm_error* error) {
  return guard(error, [&] {
    require(table != nullptr && rows != nullptr && out != nullptr, "table", "an argument is NULL");
    const Table& value = *table->value();
    checkShape(n, value.columns(), piece_length);
    for (uint64_t i = 0; i < n; ++i) {
      require(rows[i] == UINT32_MAX || rows[i] < value.rows(), "rows", "a row is not in the table");
    }
    *out = new wm_quantized{
        QuantizedRows::of(value, rows, n, piece_length, norms != 0, seed, resolveThreads(threads), signal)};
  });
}

wm_code wm_quantized_create(const wm_quantized_parts* parts, wm_quantized** out, wm_error* error) {
  return guard(error, [&] {
    require(parts != nullptr && out != nullptr && parts->codes != nullptr && parts->centroids != nullptr, "parts",
            "an argument is NULL");
    checkShape(parts->rows, parts->columns, parts->piece_length);
    require((parts->norm_codes == nullptr) == (parts->norm_centroids == nullptr), "normCodes",
            "norms have codes and centroids, or neither");
    auto made =
        std::make_shared<QuantizedRows>(parts->rows, static_cast<uint32_t>(parts->columns), parts->piece_length);
    made->codes.assign(parts->codes, parts->codes + parts->rows * made->book.pieces());
    std::copy_n(parts->centroids, made->book.centroids().size(), made->book.centroids().begin());
    if (parts->norm_codes != nullptr) {
      made->normCodes.assign(parts->norm_codes, parts->norm_codes + parts->rows);
      std::copy_n(parts->norm_centroids, Codebook::size, made->normBook.centroids().begin());
    }
    *out = new wm_quantized{made};
  });
}

void wm_quantized_describe(const wm_quantized* quantized, wm_quantized_parts* out) {
  const QuantizedRows& value = *quantized->value;
  *out = {value.rows,
          value.book.columns(),
          value.book.pieceLength(),
          value.codes.data(),
          value.book.centroids().data(),
          value.normCodes.empty() ? nullptr : value.normCodes.data(),
          value.normCodes.empty() ? nullptr : value.normBook.centroids().data()};
}

wm_code wm_quantized_decode(const wm_quantized* quantized, wm_table** out, wm_error* error) {
  return guard(error, [&] {
    require(quantized != nullptr && out != nullptr, "quantized", "an argument is NULL");
    *out = new wm_table{quantized->value->decode()};
  });
}

void wm_quantized_release(wm_quantized* quantized) { delete quantized; }
