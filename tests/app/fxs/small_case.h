#pragma once

#include <QDir>
#include <QFile>
#include <QString>
#include <QStringList>

#include <cmath>
#include <cstdio>

namespace fxs::test {

/// A small particle without symmetry: 60 carbon atoms on a bent, tapering helix, about 60 Å long. Written as PDB.
inline QString writeSmallStructure(const QString& folder) {
    const QString path = QDir(folder).filePath("small.pdb");
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return {};
    for (int i = 0; i < 60; ++i) {
        const double t = i / 59.0;
        const double radius = 12 * (1 - 0.5 * t);
        const double x = radius * std::cos(0.5 * i) + 14 * t * t;
        const double y = radius * std::sin(0.5 * i);
        const double z = 56 * t - 28;
        char line[96];
        std::snprintf(line, sizeof line, "ATOM  %5d  CA  ALA A%4d    %8.3f%8.3f%8.3f  1.00 20.00           C  \n",
                      i + 1, i + 1, x, y, z);
        file.write(line);
    }
    file.write("END\n");
    return path;
}

/// Options of fxs simulate for a run of that particle that is correlated in a moment: q_max D is about 12.
inline QStringList smallRun(const QString& structure, const QString& run, int images) {
    return {"simulate", structure,    "-o", run,      "--images", QString::number(images), "--q-max", "0.2", "--q-bins",
            "32",       "--phi-bins", "64", "--seed", "7"};
}

} // namespace fxs::test
