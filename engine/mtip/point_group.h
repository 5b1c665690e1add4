#pragma once

#include <string>
#include <string_view>

namespace fxs {

/// A point group whose main axis is z: C_n, or D_n with one of its two-fold axes on x. C1 means no symmetry.
/// In spherical harmonics: only m mod n = 0; D_n besides: l + m even real, l + m odd imaginary.
struct PointGroup {
    int fold = 1;          ///< n
    bool dihedral = false; ///< D_n

    bool isTrivial() const { return fold == 1 && !dihedral; }
    /// "C1", "C7", "D7".
    std::string name() const;
    /// How many independent real numbers an order l holds: D_n, even l: floor(l/n) + 1.
    int dimension(int l) const;
    /// Reads "C7", "d7" and the like. Throws: Error(badSettings) naming the text; T, O and I are known but unsupported.
    static PointGroup parse(std::string_view text);

    friend bool operator==(const PointGroup&, const PointGroup&) = default;
};

} // namespace fxs
