#include "engine/io/structure_text.h"

#include <gemmi/assembly.hpp>
#include <gemmi/mmread.hpp>

#include <algorithm>

namespace fxs::structure_text {

namespace {

/// The assembly to expand, or null where the file defines none.
const gemmi::Assembly* chooseAssembly(const gemmi::Structure& file) {
    for (const auto& assembly : file.assemblies)
        if (assembly.name == "1" && !assembly.generators.empty())
            return &assembly;
    for (const auto& assembly : file.assemblies)
        if (!assembly.generators.empty())
            return &assembly;
    return nullptr;
}

std::size_t countAtoms(const gemmi::Model& model) {
    std::size_t count = 0;
    for (const auto& chain : model.chains)
        for (const auto& residue : chain.residues)
            count += residue.atoms.size();
    return count;
}

gemmi::Model expand(const gemmi::Structure& file, RawStructure& out) {
    const gemmi::Model& model = file.models.front();
    const gemmi::Assembly* assembly = chooseAssembly(file);
    if (!assembly)
        return model;
    gemmi::Model whole = gemmi::make_assembly(*assembly, model, gemmi::HowToNameCopiedChain::Dup, nullptr);
    if (countAtoms(whole) == 0) {
        out.unusableAssembly = assembly->name;
        return model;
    }
    // Atoms on a symmetry axis come once an operator: they are the same atom.
    gemmi::merge_atoms_in_expanded_model(whole, gemmi::UnitCell());
    out.assembly = assembly->name;
    out.operatorCount = 0;
    for (const auto& generator : assembly->generators)
        out.operatorCount = std::max(out.operatorCount, generator.operators.size());
    return whole;
}

int atomicNumberOf(const gemmi::Element& element) {
    if (element == gemmi::El::X)
        return 0;
    return element == gemmi::El::D ? 1 : element.atomic_number();
}

} // namespace

Format formatOf(const std::string& text) {
    switch (gemmi::coor_format_from_content(text.data(), text.data() + text.size())) {
    case gemmi::CoorFormat::Unknown:
        return Format::unknown;
    case gemmi::CoorFormat::Pdb:
        return Format::pdb;
    default:
        return Format::cif;
    }
}

RawStructure parse(std::string& text, const std::string& fileName) {
    const gemmi::Structure file = gemmi::read_structure_from_char_array(text.data(), text.size(), fileName);
    RawStructure out;
    out.identifier = file.get_info("_entry.id");
    out.title = file.get_info("_struct.title");
    out.models = file.models.size();
    if (file.models.empty())
        return out;
    const gemmi::Model model = expand(file, out);
    out.atoms.reserve(countAtoms(model));
    for (const auto& chain : model.chains)
        for (const auto& residue : chain.residues) {
            const bool water = residue.is_water();
            for (const auto& atom : residue.atoms)
                out.atoms.push_back({atom.pos.x, atom.pos.y, atom.pos.z, static_cast<double>(atom.occ),
                                     static_cast<double>(atom.b_iso), atomicNumberOf(atom.element), water});
        }
    return out;
}

} // namespace fxs::structure_text
