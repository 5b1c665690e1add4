#include "app/workbench/reference_loader.h"

#include "engine/density/compare.h"
#include "engine/density/density_grid.h"
#include "engine/io/map_file.h"
#include "engine/io/result_kind.h"
#include "engine/io/structure.h"

#include <QFile>
#include <QFileInfo>
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>

namespace fxs::app {

namespace {

constexpr double kBeadCell = 6; // Å: about a residue's size, so that a bead stands for one or two

/// Atoms that share a cell of the grid become one bead at their mean, laid as the alignment says.
std::vector<ui::ReferenceOverlay::Bead> beadsOf(const Structure& structure, const Alignment& alignment) {
    struct Sum {
        std::array<double, 3> position{};
        double count = 0;
    };
    std::map<std::array<int, 3>, Sum> cells;
    for (const Atom& atom : structure.atoms) {
        std::array<int, 3> cell{};
        for (std::size_t a = 0; a < 3; ++a)
            cell[a] = static_cast<int>(std::floor(atom.position[a] / kBeadCell));
        Sum& sum = cells[cell];
        for (std::size_t a = 0; a < 3; ++a)
            sum.position[a] += atom.position[a];
        sum.count += 1;
    }
    std::vector<ui::ReferenceOverlay::Bead> beads;
    beads.reserve(cells.size());
    for (const auto& [cell, sum] : cells) {
        std::array<double, 3> x{};
        for (std::size_t a = 0; a < 3; ++a)
            x[a] = (alignment.mirrored ? -1 : 1) * sum.position[a] / sum.count;
        x = alignment.rotation.apply(x);
        ui::ReferenceOverlay::Bead bead;
        for (std::size_t a = 0; a < 3; ++a)
            bead.position[a] = static_cast<float>(x[a] + alignment.translationAngstrom[a]);
        beads.push_back(bead);
    }
    return beads;
}

/// The aligned reference as far as the comparison's shells tell it, on a grid around the origin.
DensityMap mapOfSecond(const Comparison& comparison, const TaskContext& task) {
    const double step = 0.5 * std::numbers::pi / comparison.qMax;
    std::vector<double> r;
    for (double radius = 0.5 * step; radius < 0.7 * comparison.diameterAngstrom; radius += step)
        r.push_back(radius);
    return mapOf(sphericalDensity(comparison.second, r), gridFor(comparison.diameterAngstrom, comparison.qMax), task);
}

} // namespace

std::shared_ptr<const ui::ReferenceOverlay> loadReference(const QString& path, const Reconstruction& density,
                                                          const TaskContext& task) {
    const std::string file = QFile::encodeName(path).toStdString();
    const ResultKind kind = identifyFile(file);
    std::optional<Structure> structure;
    std::optional<DensityMap> map;
    if (kind == ResultKind::map)
        map = readMap(file);
    else if (kind == ResultKind::structure)
        structure = readStructure(file, task);
    else
        throw Error(ErrorCode::badInput,
                    file + ": is " + resultKindName(kind) + ", expected a structure (PDB, mmCIF) or a map (MRC, CCP4)");
    const Comparable second = structure ? Comparable(static_cast<const Structure*>(&*structure))
                                        : Comparable(static_cast<const DensityMap*>(&*map));
    // A density read from a map alone does not know its resolution: it is compared as a map.
    const bool whole = !density.spherical.r.empty() && density.qMax > 0;
    const Comparable first = whole ? Comparable(&density) : Comparable(&density.map);
    Comparison comparison = compare(first, second, {}, task);
    if (!whole) {
        // Maps are expanded about their centre of mass: the overlay goes to where that is in the box.
        DensityMap particle{density.map.values.clone(), density.map.spacingAngstrom};
        const auto values = particle.values.span();
        const float top = *std::max_element(values.begin(), values.end());
        for (float& v : values)
            v = v > 0.05f * top ? v : 0.0f;
        Alignment toBox;
        toBox.translationAngstrom = centreOfMass(particle);
        comparison.second = transformed(comparison.second, toBox);
        for (std::size_t a = 0; a < 3; ++a)
            comparison.alignment.translationAngstrom[a] += toBox.translationAngstrom[a];
    }
    auto overlay = std::make_shared<ui::ReferenceOverlay>();
    overlay->name = structure ? QString::fromStdString(structure->name) : QFileInfo(path).fileName();
    overlay->fsc = comparison.fsc;
    overlay->map = std::make_shared<DensityMap>(mapOfSecond(comparison, task));
    if (structure)
        overlay->beads = beadsOf(*structure, comparison.alignment);
    return overlay;
}

} // namespace fxs::app
