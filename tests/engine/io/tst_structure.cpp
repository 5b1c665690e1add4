#include "engine/core/error.h"
#include "engine/io/structure.h"

#include <QtTest>

#include <cmath>
#include <fstream>
#include <numbers>
#include <random>

using namespace fxs;

namespace {

const std::string kStructures = FXS_SOURCE_DIR "/resources/structures/";

std::string atomLine(int serial, const char* name, const char* altloc, const char* residue, double x, double y,
                     double z, double occupancy, double b, const char* element) {
    return QString::asprintf("ATOM  %5d %-4s%1s%3s A%4d    %8.3f%8.3f%8.3f%6.2f%6.2f          %2s\n", serial, name,
                             altloc, residue, serial, x, y, z, occupancy, b, element)
        .toStdString();
}

ErrorCode codeOf(const std::string& path, std::string* message = nullptr) {
    try {
        (void)readStructure(path, {});
    } catch (const Error& error) {
        if (message)
            *message = error.message();
        return error.code();
    }
    return ErrorCode::internal;
}

} // namespace

class TestStructure : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string write(const char* name, const std::string& text) {
        const std::string path = m_folder.filePath(name).toStdString();
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

private Q_SLOTS:
    void groelIsAFourteenMer() {
        const auto s = readStructure(kStructures + "1oel.pdb.gz", {});
        QCOMPARE(s.name, std::string("1OEL"));
        QCOMPARE(s.operatorCount, std::size_t{2});
        QCOMPARE(s.atoms.size(), std::size_t{2 * 26929});
        QVERIFY(std::abs(s.diameterAngstrom - 189) < 1);
        // 801 kDa with its hydrogens and disordered ends; the file has neither.
        QVERIFY(std::abs(s.molecularWeightDalton - 7.14e5) < 1e3);
        QVERIFY(s.radiusOfGyrationAngstrom > 60 && s.radiusOfGyrationAngstrom < 72);
        std::array<double, 3> mean{};
        for (const auto& a : s.atoms)
            for (std::size_t i = 0; i < 3; ++i)
                mean[i] += a.position[i] / static_cast<double>(s.atoms.size());
        // The centre of mass, not of atoms: heavier elements move it by hundredths of an angstrom.
        QVERIFY(std::hypot(mean[0], mean[1], mean[2]) < 0.3);
    }

    void otherStructuresHaveTheirSizes() {
        const auto virusShell = readStructure(kStructures + "2bfu.pdb.gz", {});
        QCOMPARE(virusShell.operatorCount, std::size_t{60});
        QVERIFY(std::abs(virusShell.diameterAngstrom - 318) < 1.5);
        const auto polymerase = readStructure(kStructures + "1wcm.pdb.gz", {});
        QCOMPARE(polymerase.operatorCount, std::size_t{1});
        QVERIFY(std::abs(polymerase.diameterAngstrom - 166) < 1.5);
    }

    void largestDistanceIsExact() {
        std::mt19937 random(1);
        std::normal_distribution<double> normal;
        for (double stretch : {0.01, 1.0, 20.0}) {
            std::vector<Atom> atoms(700);
            for (auto& a : atoms)
                a = {{stretch * normal(random) + 5, normal(random), normal(random)}, 6, 1, 0};
            double expected = 0;
            for (const auto& a : atoms)
                for (const auto& b : atoms)
                    expected =
                        std::max(expected, std::hypot(a.position[0] - b.position[0], a.position[1] - b.position[1],
                                                      a.position[2] - b.position[2]));
            QVERIFY(std::abs(largestDistance(atoms) - expected) < 1e-12 * expected);
        }
        QCOMPARE(largestDistance({}), 0.0);
        const Atom one{};
        QCOMPARE(largestDistance({&one, 1}), 0.0);
    }

    void readsPdbAsWritten() {
        const auto path = write("small.pdb", atomLine(1, "C", "", "ALA", 0, 0, 0, 1, 10, "C") +
                                                 atomLine(2, "O", "A", "ALA", 3, 0, 0, 0.6, 20, "O") +
                                                 atomLine(3, "O", "B", "ALA", 0, 4, 0, 0.4, -5, "O") +
                                                 atomLine(4, "O", "", "HOH", 9, 9, 9, 1, 30, "O") + "END\n");
        const auto s = readStructure(path, {});
        QCOMPARE(s.name, std::string("small"));
        QCOMPARE(s.atoms.size(), std::size_t{3});
        QCOMPARE(s.waterCount, std::size_t{1});
        QCOMPARE(s.diameterAngstrom, 5.0);
        QVERIFY(std::abs(s.electrons - 14) < 1e-6);
        QVERIFY(std::abs(s.molecularWeightDalton - 12.011 - 15.999) < 1e-2);
        QVERIFY(std::abs(s.shift[0] - 3 * 0.6 * 15.999 / 28.01) < 1e-3);
        QVERIFY(std::abs(s.atoms[1].position[0] + s.shift[0] - 3) < 1e-12);
        QVERIFY(std::abs(s.atoms[1].occupancy - 0.6) < 1e-6);
        QCOMPARE(s.atoms[2].bFactor, 0.0);
        QCOMPARE(s.remarks.size(), std::size_t{1});
    }

    void readsMmcifWithAssembly() {
        const char* text = R"(data_TEST
_entry.id TEST
loop_
_atom_site.group_PDB
_atom_site.id
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_alt_id
_atom_site.label_comp_id
_atom_site.label_asym_id
_atom_site.label_entity_id
_atom_site.label_seq_id
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.occupancy
_atom_site.B_iso_or_equiv
_atom_site.auth_seq_id
_atom_site.auth_asym_id
_atom_site.pdbx_PDB_model_num
ATOM 1 C CA . GLY A 1 1 1.0 0.0 0.0 1.0 10.0 1 A 1
ATOM 2 N N . GLY A 1 1 2.0 0.0 0.0 1.0 10.0 1 A 1
HETATM 3 O O . HOH B 2 . 9.0 0.0 0.0 1.0 10.0 1 B 1
_pdbx_struct_assembly.id 1
_pdbx_struct_assembly.details author_defined_assembly
_pdbx_struct_assembly.method_details ?
_pdbx_struct_assembly.oligomeric_details dimeric
_pdbx_struct_assembly.oligomeric_count 2
_pdbx_struct_assembly_gen.assembly_id 1
_pdbx_struct_assembly_gen.oper_expression 1,2
_pdbx_struct_assembly_gen.asym_id_list A,B
loop_
_pdbx_struct_oper_list.id
_pdbx_struct_oper_list.type
_pdbx_struct_oper_list.matrix[1][1]
_pdbx_struct_oper_list.matrix[1][2]
_pdbx_struct_oper_list.matrix[1][3]
_pdbx_struct_oper_list.vector[1]
_pdbx_struct_oper_list.matrix[2][1]
_pdbx_struct_oper_list.matrix[2][2]
_pdbx_struct_oper_list.matrix[2][3]
_pdbx_struct_oper_list.vector[2]
_pdbx_struct_oper_list.matrix[3][1]
_pdbx_struct_oper_list.matrix[3][2]
_pdbx_struct_oper_list.matrix[3][3]
_pdbx_struct_oper_list.vector[3]
1 identity 1 0 0 0 0 1 0 0 0 0 1 0
2 twofold -1 0 0 0 0 -1 0 0 0 0 1 0
)";
        const auto s = readStructure(write("test.cif", text), {});
        QCOMPARE(s.name, std::string("TEST"));
        QCOMPARE(s.assembly, std::string("1"));
        QCOMPARE(s.operatorCount, std::size_t{2});
        QCOMPARE(s.atoms.size(), std::size_t{4});
        QCOMPARE(s.diameterAngstrom, 4.0);
    }

    void badFilesAreExplained() {
        std::string message;
        QCOMPARE(codeOf(m_folder.filePath("absent.pdb").toStdString(), &message), ErrorCode::notFound);
        QVERIFY(message.find("absent.pdb") != std::string::npos);
        QCOMPARE(codeOf(m_folder.path().toStdString()), ErrorCode::badInput);
        QCOMPARE(codeOf(write("empty.pdb", "")), ErrorCode::badInput);
        QCOMPARE(codeOf(write("blank.cif", "\n \n\n  \n")), ErrorCode::badInput);
        QCOMPARE(codeOf(write("prose.pdb", "It was a dark and stormy night; the rain fell in torrents.\n")),
                 ErrorCode::badInput);
        QCOMPARE(codeOf(write("binary.pdb", std::string(1000, '\0') + "ATOM  ")), ErrorCode::badInput);
        QCOMPARE(codeOf(write("broken.cif", "data_x\nloop_\n_atom_site.id\n_atom_site.type_symbol\n1 C 2\n")),
                 ErrorCode::badInput);
        QCOMPARE(codeOf(write("none.cif", "data_x\n_entry.id x\n")), ErrorCode::badInput);
        QCOMPARE(codeOf(write("none.pdb", "HEADER    TEST\nEND\n")), ErrorCode::badInput);
        QCOMPARE(codeOf(write("water.pdb", atomLine(1, "O", "", "HOH", 0, 0, 0, 1, 10, "O"))), ErrorCode::badInput);
    }

    void truncatedAndDamagedArchivesAreErrors() {
        std::ifstream in(kStructures + "1wcm.pdb.gz", std::ios::binary);
        const std::string whole((std::istreambuf_iterator<char>(in)), {});
        std::string message;
        QCOMPARE(codeOf(write("cut.pdb.gz", whole.substr(0, whole.size() / 2)), &message), ErrorCode::io);
        QVERIFY2(message.find("truncated") != std::string::npos, message.c_str());
        std::string damaged = whole;
        for (std::size_t i = damaged.size() / 2; i < damaged.size() / 2 + 40; ++i)
            damaged[i] = static_cast<char>(~damaged[i]);
        QCOMPARE(codeOf(write("damaged.pdb.gz", damaged)), ErrorCode::io);
    }

    void stops() {
        std::stop_source stop;
        stop.request_stop();
        TaskContext task;
        task.stop = stop.get_token();
        QVERIFY_EXCEPTION_THROWN((void)readStructure(kStructures + "1oel.pdb.gz", task), Stopped);
    }

    void formFactors() {
        const std::vector<double> q{0.0, 0.5, 2.0};
        // The tables' constants add up to Z within 0.1 %.
        for (int z : {1, 6, 7, 8, 16, 26, 79})
            QVERIFY(std::abs(formFactor(z, q)[0] - z) < 2e-3 * z + 1e-3);
        const auto plain = formFactor(6, q), smeared = formFactor(6, q, 20);
        for (std::size_t i = 0; i < q.size(); ++i)
            QVERIFY(std::abs(smeared[i] - plain[i] * std::exp(-20 * q[i] * q[i] /
                                                              (16 * std::numbers::pi * std::numbers::pi))) < 1e-14);
        QVERIFY(plain[2] < plain[1] && plain[1] < plain[0]);
        QVERIFY_EXCEPTION_THROWN((void)formFactor(0, q), Error);
        QVERIFY_EXCEPTION_THROWN((void)formFactor(105, q), Error);
        QCOMPARE(elementSymbol(26), std::string("Fe"));
    }

    void unusableAtomsAreErrors() {
        QVERIFY_EXCEPTION_THROWN((void)makeStructure("x", {}), Error);
        QVERIFY_EXCEPTION_THROWN((void)makeStructure("x", {{{std::nan(""), 0, 0}, 6, 1, 0}}), Error);
        QVERIFY_EXCEPTION_THROWN((void)makeStructure("x", {{{0, 0, 0}, 6, 0, 0}}), Error);
    }
};

QTEST_APPLESS_MAIN(TestStructure)
#include "tst_structure.moc"
