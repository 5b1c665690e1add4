#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// What gemmi reads out of a structure file, in plain values. Its CIF classes need the rules of C++17 (clang 14 rejects them
/// under C++20), so that this header and its source are C++17 and include nothing of the engine.
namespace fxs::structure_text {

/// An atom of the expanded assembly, in the file's coordinates (Å).
struct RawAtom {
    double x = 0, y = 0, z = 0;
    double occupancy = 1;
    double bFactor = 0;
    int atomicNumber = 0; ///< 0: an element that gemmi does not know; deuterium is 1
    bool water = false;
};

struct RawStructure {
    std::string identifier, title;
    std::size_t models = 0;
    std::string assembly;         ///< the one that was expanded; empty: none
    std::string unusableAssembly; ///< one that names no chain of the file; empty: none
    std::size_t operatorCount = 1;
    std::vector<RawAtom> atoms;
};

enum class Format { unknown, pdb, cif };

/// By the first words of the text.
Format formatOf(const std::string& text);

/// Parses the text (which it may change) and expands assembly "1", else the first.
/// Throws: std::exception with the parser's message.
RawStructure parse(std::string& text, const std::string& fileName);

} // namespace fxs::structure_text
