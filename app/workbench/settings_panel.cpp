#include "app/workbench/settings_panel.h"

#include "app/workbench/run_metadata.h"
#include "app/workbench/session.h"
#include "widgets/settings/settings_form.h"

#include <QComboBox>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace fxs::app {

SettingsPanel::SettingsPanel(Session& session, const std::vector<SettingsSection>& sections, QWidget* parent)
    : QWidget(parent), m_session(session), m_choice(new QComboBox), m_pages(new QStackedWidget) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 6, 8, 6);
    layout->addWidget(m_choice);
    layout->addWidget(m_pages, 1);
    m_choice->setAccessibleName(tr("Whose settings"));
    m_choice->setToolTip(tr("The stage whose settings are shown"));
    for (const SettingsSection& section : sections) {
        auto* form = new ui::SettingsForm(section.infos);
        auto* page = new QWidget;
        auto* column = new QVBoxLayout(page);
        column->setContentsMargins(0, 4, 6, 4);
        column->addWidget(form);
        auto* defaults = new QPushButton(tr("Back to defaults"));
        defaults->setToolTip(tr("Puts every setting of this stage back to its default; can be undone"));
        defaults->setAccessibleName(tr("Back to defaults"));
        column->addWidget(defaults, 0, Qt::AlignLeft);
        column->addStretch(1);
        auto* scroll = new QScrollArea;
        scroll->setWidget(page);
        scroll->setWidgetResizable(true);
        scroll->setFrameShape(QFrame::NoFrame);
        scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        // Sideways nothing scrolls: the panel is never narrower than its widest form.
        scroll->setMinimumWidth(page->minimumSizeHint().width() + scroll->verticalScrollBar()->sizeHint().width());
        m_indices[section.name] = m_pages->addWidget(scroll);
        m_forms[section.name] = form;
        m_choice->addItem(QString::fromStdString(section.title), QString::fromStdString(section.name));
        const auto publish = [this, form, name = section.name] { m_session.editSection(name, form->values()); };
        connect(form, &ui::SettingsForm::changed, this, publish);
        connect(defaults, &QPushButton::clicked, this, [form, publish] {
            form->setValues({});
            publish();
        });
    }
    connect(&m_session, &Session::settingsChanged, this, &SettingsPanel::showSettings);
    connect(&m_session, &Session::runChanged, this, &SettingsPanel::showFound);
    connect(m_choice, &QComboBox::currentIndexChanged, m_pages, &QStackedWidget::setCurrentIndex);
}

/// What the session holds now, in the forms: after an undo, or when a session was opened.
void SettingsPanel::showSettings() {
    for (const auto& [name, form] : m_forms) {
        const auto it = m_session.settings().find(name);
        const SettingValues values = it == m_session.settings().end() ? SettingValues{} : it->second;
        // A form that was typed into holds the same values already: what is half typed there stays.
        if (form->values() != values)
            form->setValues(values);
    }
}

void SettingsPanel::showFound() {
    const auto run = m_session.run();
    const auto found = run ? foundSettings(*run) : std::map<std::string, std::map<std::string, std::string>>{};
    for (const auto& [name, form] : m_forms) {
        const auto it = found.find(name);
        form->setFound(it == found.end() ? std::map<std::string, std::string>{} : it->second);
    }
}

void SettingsPanel::showSection(const std::string& name) {
    if (const auto it = m_indices.find(name); it != m_indices.end())
        m_choice->setCurrentIndex(it->second);
}

std::string SettingsPanel::currentSection() const {
    return m_choice->currentData().toString().toStdString();
}

ui::SettingsForm* SettingsPanel::form(const std::string& section) const {
    const auto it = m_forms.find(section);
    return it == m_forms.end() ? nullptr : it->second;
}

void SettingsPanel::setProblems(const std::vector<Problem>& problems) {
    for (const auto& [name, form] : m_forms)
        form->setProblems(problems);
}

} // namespace fxs::app
