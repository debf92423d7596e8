#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "wordmill.h"

namespace wordmill {

class Keys;
class Subwords;
class Table;

/// Throws WM_ERR_OPTION unless the table has a row for every key and every n-gram.
void checkSubwordTable(const Subwords& subwords, const Table& table, uint64_t keys);

/// out[i] = the mean of row rows[i] and of the rows of that key's n-grams.
void gatherWords(const Subwords& subwords, const Table& table, const Keys& keys, const uint32_t* rows, uint64_t count,
                 float* out, unsigned threads);

/// The same for all keys.
std::shared_ptr<Table> composeWords(const Subwords& subwords, const Table& table, const Keys& keys, unsigned threads,
                                    const wm_signal* signal);

/// The same, made when they are asked for.
std::shared_ptr<Table> deferWords(std::shared_ptr<const Subwords> subwords, std::shared_ptr<const Table> table,
                                  std::shared_ptr<const Keys> keys);

/// The mean of the rows of a word's n-grams, zeros where there is none; returns how many have a row.
uint32_t inferWord(const Subwords& subwords, const Table& table, std::string_view word, float* out);

}  // namespace wordmill
