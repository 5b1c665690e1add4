#pragma once

#include "engine/core/task.h"

#include <array>
#include <span>
#include <string>
#include <vector>

namespace fxs {

/// One atom as it scatters.
struct Atom {
    std::array<double, 3> position{}; ///< Å, from the structure's centre of mass
    int atomicNumber = 0;             ///< deuterium counts as hydrogen
    double occupancy = 1; ///< in (0, 1]; alternative conformers are separate atoms whose occupancies share 1
    double bFactor = 0;   ///< isotropic displacement, Å²; never negative
};

/// A particle: the biological assembly of a structure file, waters dropped, hydrogens as in the file.
struct Structure {
    std::string name;              ///< the entry's identifier, else the file's name: "1OEL"
    std::string title;             ///< the file's title
    std::string assembly;          ///< the assembly that was expanded, "1"; empty: the coordinates as they stand
    std::size_t operatorCount = 1; ///< copies that the assembly made of the file's chains
    std::size_t waterCount = 0;    ///< water atoms left out
    std::vector<Atom> atoms;
    double diameterAngstrom = 0;         ///< largest distance between two atoms
    double radiusOfGyrationAngstrom = 0; ///< of the electrons
    double molecularWeightDalton = 0;    ///< of the atoms here, occupancies counted
    double electrons = 0;                ///< Σ occupancy * atomic number
    std::array<double, 3> shift{};       ///< Å: what was taken off the file's coordinates (the centre of mass)
    std::vector<std::string> remarks;    ///< what was missing or changed, for people

    std::size_t hydrogenCount() const;
};

/// Reads PDB or mmCIF (also mmJSON), plain or gzip-compressed, recognised by content; the first model; assembly "1" or
/// the file's first if it defines any (REMARK 350, _pdbx_struct_assembly_gen). Through gemmi.
/// Throws: Error(notFound, noPermission, io) if the file cannot be read whole; Error(badInput) if it is empty, not a
///         structure, or has no atoms with finite coordinates besides waters; Stopped.
/// Cost:   about 0.1 s for 60,000 atoms.
Structure readStructure(const std::string& path, const TaskContext& task);

/// A structure of given atoms: centres them and fills in everything that follows from them.
/// Throws: Error(badInput) if there are none, or one has a coordinate, B or occupancy that is not finite.
Structure makeStructure(std::string name, std::vector<Atom> atoms);

/// Largest distance between two points, Å; 0 for fewer than two. Exact.
/// Cost: O(n) for elongated bodies, at worst O(k²) in the k points near the enclosing sphere.
double largestDistance(std::span<const Atom> atoms);

/// X-ray form factor in electrons at q (1/Å): International Tables C (1992), four Gaussians and a constant, times the
/// Debye-Waller factor exp(-B q²/16π²). Good for q < 25 1/Å.
/// Throws: Error(unsupported) for an element without a tabulated factor.
std::vector<double> formFactor(int atomicNumber, std::span<const double> q, double bFactor = 0);

/// Excluded volume of an atom in Å³ (Fraser, MacRae and Suzuki, J. Appl. Cryst. 11 (1978) 693, and the values in
/// common use for ions of metals): the solvent it displaces scatters as ρ V exp(-q² V^{2/3}/4π). Elements not tabulated take the
/// sphere of their van der Waals radius.
double excludedVolume(int atomicNumber);

/// "Fe" for 26. Throws: Error(badInput) for a number that is no element's.
std::string elementSymbol(int atomicNumber);

} // namespace fxs
