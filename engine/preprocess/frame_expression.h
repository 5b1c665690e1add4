#pragma once

#include "engine/model/batch.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fxs {

/// The values known of the frames of a batch, by name. "index" is the frame's index in the run; every run has it.
class FrameValues {
public:
    /// Borrows both, which must live as long. indices: null or empty where they count up from firstIndex.
    FrameValues(const std::vector<FrameColumn>& columns, std::uint64_t firstIndex,
                const std::vector<std::uint64_t>* indices = nullptr)
        : m_columns(columns), m_firstIndex(firstIndex), m_indices(indices && !indices->empty() ? indices : nullptr) {}

    /// Throws: Error(badSettings) naming a column that the batch does not carry.
    bool isText(const std::string& name) const;
    double number(const std::string& name, std::size_t frame) const;
    const std::string& text(const std::string& name, std::size_t frame) const;

private:
    const FrameColumn* find(const std::string& name) const;
    const std::vector<FrameColumn>& m_columns;
    std::uint64_t m_firstIndex;
    const std::vector<std::uint64_t>* m_indices;
};

/// An expression over the values known of a frame, which says whether the frame is used:
///     pulseEnergy > 0.5 and not (laser == "off") and trainId % 10 in [0, 5]
/// Numbers, "texts" or 'texts', names (letters, digits, _ and .; `anything else` in backquotes), + - * / %, == != < <= > >=,
/// in [..], and or not (also && || !), true false, parentheses. Loosest first: or, and, not, comparisons, + -, * / %, unary -.
/// A number is true unless it is 0 or not a number; comparisons with what is not a number are false. % has the sign of its
/// right-hand side, as in Python.
/// Threads: const. Throws: the constructor: Error(badSettings) with the position of what is wrong; isTrue(): the same where
///          texts meet numbers or a column is missing.
/// Cost:    about 100 ns a term and frame.
class FrameExpression {
public:
    explicit FrameExpression(std::string_view text);
    ~FrameExpression();
    FrameExpression(FrameExpression&&) noexcept;
    FrameExpression& operator=(FrameExpression&&) noexcept;

    /// The columns that are needed; without "index".
    const std::vector<std::string>& columns() const { return m_columns; }
    bool isTrue(const FrameValues& values, std::size_t frame) const;

    struct Node;

private:
    std::string m_text;
    std::unique_ptr<const Node> m_root;
    std::vector<std::string> m_columns;
};

/// Which group a frame belongs to: COLUMN, each value its own label; or COLUMN:WIDTH, bins [k WIDTH, (k + 1) WIDTH) of a number.
/// Throws: Error(badSettings) for a text that is neither.
class FrameGrouping {
public:
    explicit FrameGrouping(std::string_view text);
    /// Empty for "index", which every run has.
    std::vector<std::string> columns() const;
    /// "on", "3.5", "0.5..1" for a bin. What is not a number gets "none".
    std::string label(const FrameValues& values, std::size_t frame) const;

private:
    std::string m_column;
    double m_width = 0;
};

} // namespace fxs
