#pragma once

#include "engine/io/structure.h"
#include "engine/math/random.h"

#include <vector>

namespace fxs::test {

/// 40 carbon atoms at random in a box of 30 x 20 x 40 Å.
inline Structure smallParticle() {
    RandomStream random(5, 0);
    std::vector<Atom> atoms(40);
    for (Atom& atom : atoms) {
        atom.position = {30 * random.uniform(), 20 * random.uniform(), 40 * random.uniform()};
        atom.atomicNumber = 6;
        atom.bFactor = 20;
    }
    return makeStructure("small", atoms);
}

} // namespace fxs::test
