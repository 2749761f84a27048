/** The sections of the page: where each leads, who sees it, what it shows. */

import type { ComponentType } from "preact";
import type { Permissions } from "../api/wire.ts";
import type { IconName } from "../parts/icon.tsx";
import { Access } from "./access.tsx";
import { ApplicationPage } from "./application.tsx";
import { Applications } from "./applications.tsx";
import { ArchivePage } from "./archive.tsx";
import { Archives } from "./archives.tsx";
import { Export } from "./export.tsx";
import { Import } from "./import.tsx";
import { JobPage } from "./job.tsx";
import { Jobs } from "./jobs.tsx";
import { Overview } from "./overview.tsx";
import { Profile } from "./profile.tsx";
import { Schedules } from "./schedules.tsx";
import { Tenants } from "./tenants.tsx";

export interface Section {
  /** The first word of the path; empty for the first page. */
  word: string;
  title: string;
  icon: IconName;
  page: ComponentType<{ rest: string[] }>;
  /** Shows one thing of the section, named by the next word. */
  detail?: ComponentType<{ name: string }>;
  isFor: (may: Permissions) => boolean;
  needsTenant: boolean;
}

const everybody = () => true;

export const SECTIONS: Section[] = [
  { word: "", title: "Overview", icon: "overview", page: Overview, isFor: everybody, needsTenant: true },
  {
    word: "import",
    title: "Import",
    icon: "import",
    page: Import,
    isFor: (may) => may.may_import,
    needsTenant: true,
  },
  { word: "export", title: "Export", icon: "export", page: Export, isFor: everybody, needsTenant: true },
  { word: "jobs", title: "Jobs", icon: "jobs", page: Jobs, detail: JobPage, isFor: everybody, needsTenant: true },
  {
    word: "applications",
    title: "Applications",
    icon: "applications",
    page: Applications,
    detail: ApplicationPage,
    isFor: everybody,
    needsTenant: true,
  },
  {
    word: "archives",
    title: "Archives",
    icon: "archives",
    page: Archives,
    detail: ArchivePage,
    isFor: everybody,
    needsTenant: true,
  },
  {
    word: "schedules",
    title: "Schedules",
    icon: "clock",
    page: Schedules,
    isFor: everybody,
    needsTenant: true,
  },
  {
    word: "access",
    title: "Users and access",
    icon: "access",
    page: Access,
    isFor: (may) => may.may_administer,
    needsTenant: true,
  },
  {
    word: "tenants",
    title: "Tenants",
    icon: "tenants",
    page: Tenants,
    isFor: (may) => may.is_super_admin,
    needsTenant: false,
  },
  { word: "profile", title: "Profile", icon: "profile", page: Profile, isFor: everybody, needsTenant: false },
];
