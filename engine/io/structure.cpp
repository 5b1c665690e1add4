#include "engine/io/structure.h"

#include "engine/core/error.h"
#include "engine/io/structure_text.h"

#include <fmt/format.h>
#include <gemmi/elem.hpp>
#include <gemmi/it92.hpp>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <numbers>

namespace fxs {

namespace {

constexpr int kHighestElement = 118;

gemmi::El elementOf(int atomicNumber) {
    if (atomicNumber < 1 || atomicNumber > kHighestElement)
        throw Error(ErrorCode::badInput,
                    fmt::format("atomic number {} is no element's, expected 1 to {}", atomicNumber, kHighestElement));
    return static_cast<gemmi::El>(atomicNumber);
}

ErrorCode codeOfErrno(int number) {
    if (number == ENOENT || number == ENOTDIR)
        return ErrorCode::notFound;
    return number == EACCES || number == EPERM ? ErrorCode::noPermission : ErrorCode::io;
}

/// The whole text, decompressed if it is compressed (zlib hands plain files through).
std::string readWhole(const std::string& path, const TaskContext& task) {
    std::error_code failure;
    if (std::filesystem::is_directory(path, failure))
        throw Error(ErrorCode::badInput, "it is a folder, expected a structure file");
    errno = 0;
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose_r);
    if (!file)
        throw Error(codeOfErrno(errno), fmt::format("cannot be opened ({})", std::strerror(errno)));
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    constexpr std::size_t kLargest = std::size_t{1} << 31;
    std::string text;
    for (;;) {
        task.checkpoint();
        const std::size_t before = text.size();
        if (before > kLargest)
            throw Error(ErrorCode::badInput, "it holds more than 2 GiB of text, expected a structure file");
        text.resize(before + kPiece);
        const int got = gzread(file.get(), text.data() + before, static_cast<unsigned>(kPiece));
        text.resize(before + static_cast<std::size_t>(std::max(got, 0)));
        int status = Z_OK;
        const char* message = gzerror(file.get(), &status);
        if (status == Z_BUF_ERROR)
            throw Error(ErrorCode::io,
                        fmt::format("the compressed file is truncated after {} bytes of text", text.size()));
        if (got < 0 || (status != Z_OK && status != Z_STREAM_END))
            throw Error(ErrorCode::io, fmt::format("the file is damaged ({})", message));
        if (got == 0)
            return text;
    }
}

bool looksLikePdb(const std::string& text) {
    const auto startsLine = [&](std::string_view record) {
        return text.compare(0, record.size(), record) == 0 ||
               text.find("\n" + std::string(record)) != std::string::npos;
    };
    return startsLine("ATOM  ") || startsLine("HETATM") || startsLine("HEADER") || startsLine("CRYST1");
}

structure_text::RawStructure parse(std::string& text, const std::string& path) {
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        throw Error(ErrorCode::badInput, "it is empty, expected PDB or mmCIF");
    const auto format = structure_text::formatOf(text);
    const bool binary = std::memchr(text.data(), 0, text.size()) != nullptr;
    if (binary || format == structure_text::Format::unknown ||
        (format == structure_text::Format::pdb && !looksLikePdb(text)))
        throw Error(ErrorCode::badInput, binary ? "it holds binary data, expected PDB or mmCIF text"
                                                : "it is neither PDB nor mmCIF: no ATOM record and no data_ block");
    try {
        return structure_text::parse(text, std::filesystem::path(path).filename().string());
    } catch (const std::exception& error) {
        throw Error(ErrorCode::badInput,
                    fmt::format("it cannot be understood as {}: {}",
                                format == structure_text::Format::pdb ? "PDB" : "mmCIF", error.what()));
    }
}

void takeAtoms(const structure_text::RawStructure& raw, Structure& structure) {
    std::size_t unknown = 0, negative = 0, empty = 0;
    structure.atoms.reserve(raw.atoms.size());
    for (const auto& atom : raw.atoms) {
        if (atom.water) {
            ++structure.waterCount;
        } else if (atom.atomicNumber == 0) {
            ++unknown;
        } else if (!(atom.occupancy > 0)) {
            ++empty;
        } else {
            negative += atom.bFactor < 0;
            structure.atoms.push_back({{atom.x, atom.y, atom.z},
                                       atom.atomicNumber,
                                       std::min(1.0, atom.occupancy),
                                       std::max(0.0, atom.bFactor)});
        }
    }
    if (raw.models > 1)
        structure.remarks.push_back(fmt::format("the first of {} models is used", raw.models));
    if (!raw.unusableAssembly.empty())
        structure.remarks.push_back(fmt::format(
            "assembly {} names no chain of the file; the coordinates are used as they stand", raw.unusableAssembly));
    if (unknown > 0)
        structure.remarks.push_back(fmt::format("{} atoms of unknown element left out", unknown));
    if (empty > 0)
        structure.remarks.push_back(fmt::format("{} atoms of occupancy 0 left out", empty));
    if (negative > 0)
        structure.remarks.push_back(fmt::format("{} negative B factors taken as 0", negative));
}

double squaredDistance(const std::array<double, 3>& a, const std::array<double, 3>& b) {
    const double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
    return x * x + y * y + z * z;
}

void describe(Structure& structure) {
    double mass = 0, electrons = 0;
    std::array<double, 3> centre{};
    for (const auto& atom : structure.atoms) {
        const double weight = atom.occupancy * gemmi::molecular_weight(elementOf(atom.atomicNumber));
        mass += weight;
        electrons += atom.occupancy * atom.atomicNumber;
        for (std::size_t i = 0; i < 3; ++i)
            centre[i] += weight * atom.position[i];
    }
    for (double& c : centre)
        c /= mass;
    std::array<double, 3> electronCentre{};
    for (auto& atom : structure.atoms)
        for (std::size_t i = 0; i < 3; ++i) {
            atom.position[i] -= centre[i];
            electronCentre[i] += atom.occupancy * atom.atomicNumber * atom.position[i] / electrons;
        }
    double second = 0;
    for (const auto& atom : structure.atoms)
        second += atom.occupancy * atom.atomicNumber * squaredDistance(atom.position, electronCentre);
    structure.shift = centre;
    structure.molecularWeightDalton = mass;
    structure.electrons = electrons;
    structure.radiusOfGyrationAngstrom = std::sqrt(second / electrons);
    structure.diameterAngstrom = largestDistance(structure.atoms);
}

void requireUsable(const std::vector<Atom>& atoms) {
    if (atoms.empty())
        throw Error(ErrorCode::badInput, "it has no atoms besides waters, expected at least one");
    for (std::size_t i = 0; i < atoms.size(); ++i) {
        const auto& a = atoms[i];
        if (!std::isfinite(a.position[0] + a.position[1] + a.position[2]) || !std::isfinite(a.bFactor) ||
            !std::isfinite(a.occupancy) || a.occupancy <= 0)
            throw Error(ErrorCode::badInput,
                        fmt::format("atom {} of {} has a coordinate, B factor or occupancy that is no usable number",
                                    i + 1, atoms.size()));
    }
}

} // namespace

std::size_t Structure::hydrogenCount() const {
    return static_cast<std::size_t>(
        std::count_if(atoms.begin(), atoms.end(), [](const Atom& a) { return a.atomicNumber == 1; }));
}

Structure makeStructure(std::string name, std::vector<Atom> atoms) {
    requireUsable(atoms);
    Structure structure;
    structure.name = std::move(name);
    structure.atoms = std::move(atoms);
    describe(structure);
    return structure;
}

Structure readStructure(const std::string& path, const TaskContext& task) {
    return withContext("reading structure " + path, [&] {
        std::string text = readWhole(path, task);
        const auto raw = parse(text, path);
        text = {};
        task.checkpoint();
        Structure structure;
        std::string stem = std::filesystem::path(path).filename().string();
        stem = stem.substr(0, stem.find('.'));
        structure.name = raw.identifier.empty() ? stem : raw.identifier;
        structure.title = raw.title;
        structure.assembly = raw.assembly;
        structure.operatorCount = raw.operatorCount;
        takeAtoms(raw, structure);
        requireUsable(structure.atoms);
        task.checkpoint();
        describe(structure);
        return structure;
    });
}

double largestDistance(std::span<const Atom> atoms) {
    if (atoms.size() < 2)
        return 0;
    // A good pair first: from any atom to the farthest, from there to the farthest, and so on while it grows.
    const auto farthestFrom = [&](std::size_t from) {
        std::size_t best = 0;
        double distance = -1;
        for (std::size_t i = 0; i < atoms.size(); ++i)
            if (const double d = squaredDistance(atoms[i].position, atoms[from].position); d > distance) {
                distance = d;
                best = i;
            }
        return std::pair(best, distance);
    };
    std::size_t a = 0;
    auto [b, best] = farthestFrom(a);
    for (;;) {
        const auto [next, distance] = farthestFrom(b);
        if (distance <= best)
            break;
        a = std::exchange(b, next);
        best = distance;
    }
    // Seen from the middle of that pair, no pair whose two radii do not add up to more can be longer.
    std::array<double, 3> middle{};
    for (std::size_t i = 0; i < 3; ++i)
        middle[i] = 0.5 * (atoms[a].position[i] + atoms[b].position[i]);
    std::vector<std::pair<double, std::size_t>> byRadius(atoms.size());
    for (std::size_t i = 0; i < atoms.size(); ++i)
        byRadius[i] = {std::sqrt(squaredDistance(atoms[i].position, middle)), i};
    std::sort(byRadius.begin(), byRadius.end(), std::greater<>());
    double longest = std::sqrt(best);
    for (std::size_t i = 0; i < byRadius.size() && 2 * byRadius[i].first > longest; ++i)
        for (std::size_t j = i + 1; j < byRadius.size() && byRadius[i].first + byRadius[j].first > longest; ++j)
            longest = std::max(longest, std::sqrt(squaredDistance(atoms[byRadius[i].second].position,
                                                                  atoms[byRadius[j].second].position)));
    return longest;
}

std::vector<double> formFactor(int atomicNumber, std::span<const double> q, double bFactor) {
    const auto* table = gemmi::IT92<double>::get_ptr(elementOf(atomicNumber));
    if (!table)
        throw Error(ErrorCode::unsupported,
                    fmt::format("no X-ray form factor is tabulated for {}", elementSymbol(atomicNumber)));
    std::vector<double> f;
    f.reserve(q.size());
    constexpr double kPi = std::numbers::pi;
    for (double value : q) {
        const double squared = value * value / (16 * kPi * kPi); // (sinθ/λ)²
        f.push_back(table->calculate_sf(squared) * std::exp(-bFactor * squared));
    }
    return f;
}

double excludedVolume(int atomicNumber) {
    switch (atomicNumber) {
    case 1:
        return 5.15;
    case 6:
        return 16.44;
    case 7:
        return 2.49;
    case 8:
        return 9.13;
    case 12:
        return 1.54;
    case 15:
        return 5.73;
    case 16:
        return 19.86;
    case 20:
        return 4.89;
    case 25:
        return 9.20;
    case 26:
        return 7.99;
    case 29:
        return 8.78;
    case 30:
        return 9.85;
    default:
        break;
    }
    const double radius = gemmi::vdw_radius(elementOf(atomicNumber));
    return 4.0 / 3.0 * std::numbers::pi * radius * radius * radius;
}

std::string elementSymbol(int atomicNumber) {
    return gemmi::element_name(elementOf(atomicNumber));
}

} // namespace fxs
