#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace fxs {

/// Where a batch's harmonics lie between transform and update. The update of one harmonic reads a matrix of rows (Re and Im
/// of each frame) by rings; rings come in groups of 16 (LaneTransform), and harmonic m needs only the groups from firstGroup(m)
/// on, because rings at low q carry few harmonics.
/// panels: [m][group][row][16]   what this program's own kernels read: each group a stream of whole cache lines
/// wide:   [m][row][16 * groups] what BLAS reads
class PanelLayout {
public:
    static constexpr std::size_t kLanes = 16;
    enum class Kind { panels, wide };

    PanelLayout() = default;
    /// firstGroup: for m = 1 ... harmonics - 1 at its index; entry 0 is not used (m = 0 is summed in double, apart).
    PanelLayout(Kind kind, std::size_t groups, std::size_t rows, std::vector<std::size_t> firstGroup)
        : m_kind(kind), m_groups(groups), m_rows(rows), m_firstGroup(std::move(firstGroup)),
          m_offset(m_firstGroup.size()) {
        for (std::size_t m = 1; m < m_firstGroup.size(); ++m) {
            m_offset[m] = m_size;
            m_size += groupCount(m) * rows * kLanes;
        }
    }

    std::size_t harmonics() const { return m_firstGroup.size(); }
    std::size_t rows() const { return m_rows; }
    std::size_t size() const { return m_size; } ///< values in all
    std::size_t firstGroup(std::size_t m) const { return m_firstGroup[m]; }
    std::size_t groupCount(std::size_t m) const { return m_groups - m_firstGroup[m]; }
    std::size_t rowStride(std::size_t m) const { return m_kind == Kind::panels ? kLanes : groupCount(m) * kLanes; }
    std::size_t groupStride() const { return m_kind == Kind::panels ? m_rows * kLanes : kLanes; }
    std::size_t offset(std::size_t m) const { return m_offset[m]; }
    /// Of the 16 values of a group (counted from ring 0) in a row; group >= firstGroup(m).
    std::size_t offset(std::size_t m, std::size_t group, std::size_t row) const {
        return m_offset[m] + (group - m_firstGroup[m]) * groupStride() + row * rowStride(m);
    }

private:
    Kind m_kind = Kind::wide;
    std::size_t m_groups = 0, m_rows = 0, m_size = 0;
    std::vector<std::size_t> m_firstGroup;
    std::vector<std::size_t> m_offset;
};

} // namespace fxs
