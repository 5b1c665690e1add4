#include "app/workbench/reference_keeper.h"

#include "app/workbench/reference_loader.h"
#include "app/workbench/workbench.h"
#include "widgets/convergence/convergence_view.h"
#include "widgets/density/density_view.h"

#include <QFileDialog>
#include <QFileInfo>

namespace fxs::app {

ReferenceKeeper::ReferenceKeeper(Workbench& workbench, ui::DensityView& density, ui::ConvergenceView& convergence,
                                 QObject* parent)
    : QObject(parent), m_workbench(workbench), m_density(density), m_convergence(convergence), m_runner("reference") {
    connect(&density, &ui::DensityView::referenceRequested, this, &ReferenceKeeper::ask);
    connect(&density, &ui::DensityView::referenceRemoved, this, &ReferenceKeeper::close);
    connect(&workbench.session(), &Session::resultsChanged, this, [this](Stage stage) {
        // A running phasing is not compared: its frame changes with every iteration.
        if (stage == Stage::reconstruct && !m_workbench.session().results().phasing)
            compare();
    });
}

ReferenceKeeper::~ReferenceKeeper() {
    m_stop.request_stop();
}

void ReferenceKeeper::ask() {
    auto* dialog =
        new QFileDialog(&m_density, tr("Open reference structure"), QFileInfo(m_path).absolutePath(),
                        tr("Structures and maps (*.pdb *.ent *.cif *.mmcif *.mrc *.map *.ccp4 *.gz);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &ReferenceKeeper::open);
    dialog->open();
}

void ReferenceKeeper::open(const QString& path) {
    m_path = path;
    compare();
    Q_EMIT changed();
}

void ReferenceKeeper::close() {
    m_path.clear();
    m_stop.request_stop();
    m_density.setReference(nullptr);
    m_convergence.setReferenceFsc({}, {});
    Q_EMIT changed();
}

void ReferenceKeeper::compare() {
    const auto density = m_workbench.session().results().density;
    if (m_path.isEmpty() || !density || density->map.values.empty())
        return;
    m_stop.request_stop(); // of another reference or an older density
    m_stop = std::stop_source();
    TaskContext task;
    task.stop = m_stop.get_token();
    m_runner.run([this, task, density, path = m_path]() -> std::function<void()> {
        try {
            const auto overlay = loadReference(path, *density, task);
            return [this, task, overlay] {
                if (task.stop.stop_requested())
                    return;
                m_density.setReference(overlay);
                m_convergence.setReferenceFsc(overlay->fsc, overlay->name);
            };
        } catch (const Stopped&) {
            return {};
        } catch (const std::exception& error) {
            return [this, message = std::string("opening the reference: ") + error.what()] {
                Q_EMIT m_workbench.logged(LogLine{LogLevel::error, message});
                m_density.setNotice(QString::fromStdString(message));
            };
        }
    });
}

} // namespace fxs::app
