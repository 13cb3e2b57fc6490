use rxing::{common::DetectorRXingResult as _, qrcode::cpp_port::detector::SampleQR};

use super::{
    Look, OF_FRAMES, binary, content, corners, frame,
    luma::Luma,
    picture,
    picture::{Chance, HEIGHT, Scene, WIDTH},
    sample,
};

/// As long as a ticket's, in the same mode: version 6-M.
const TICKET: &str = "HTTPS://NGAY-CDS.DONGTHAP.GOV.VN/T/CED4BAIBENCWPCNLZXXXR2UGYFVQDL4MPYOBYG6WUGJDXFXJ5LNKFBY4MWUCPIF5K3QNXTZDIP37I65CHZT4NYYQBWZH4V5WS6VUB";

fn read(scene: &Scene, number: u32) -> Option<String> {
    frame(&scene.draw(TICKET), number)
}

#[test]
fn what_a_gate_sees_every_day_is_read_in_the_first_frame() {
    let plain = Scene::default();
    for scene in [
        plain.clone(),
        Scene { module: 2.6, ..plain.clone() },
        Scene { module: 11.0, ..plain.clone() },
        Scene { turned: 17.0, ..plain.clone() },
        Scene { turned: 45.0, ..plain.clone() },
        Scene { turned: 180.0, ..plain.clone() },
        Scene { tilted: 0.3, ..plain.clone() },
        Scene { blurred: 2.5, ..plain.clone() },
        Scene { noise: 60.0, ..plain.clone() },
        Scene { paper: 60.0, ..plain.clone() },
        Scene { shade: 0.8, ..plain.clone() },
        Scene { glare: 40.0, ..plain.clone() },
        Scene { cracks: 4, ..plain },
    ] {
        assert_eq!(read(&scene, 0).as_deref(), Some(TICKET), "{scene:?}");
    }
}

#[test]
fn the_frames_that_the_page_shows_sharper_are_those_whose_middle_is_enlarged() {
    assert_eq!((OF_FRAMES.len(), OF_FRAMES[3]), (4, Look::Enlarged));
}

#[test]
fn every_look_reads_what_nothing_else_reads() {
    let plain = Scene::default();
    for (scene, expected) in [
        (Scene { module: 3.2, turned: 20.0, noise: 110.0, ..plain.clone() }, Look::Softened),
        (Scene { cracks: 9, ..plain.clone() }, Look::Halved),
        (Scene { module: 4.0, noise: 220.0, ..plain.clone() }, Look::Smoothed),
        (Scene { module: 1.6, turned: 20.0, blurred: 0.2, ..plain }, Look::Enlarged),
    ] {
        let picture = scene.draw(TICKET);
        for look in OF_FRAMES {
            let wanted = (look == expected).then_some(TICKET);
            assert_eq!(look.at(&picture).as_deref(), wanted, "{look:?} of {scene:?}");
        }
    }
}

#[test]
fn four_frames_go_through_all_looks() {
    let cracked = Scene { cracks: 9, ..Scene::default() };
    assert_eq!([4, 5, 6, 7].map(|number| read(&cracked, number)), [None, Some(TICKET.to_owned()), None, None]);
    assert_eq!(picture(&cracked.draw(TICKET)).as_deref(), Some(TICKET));
}

#[test]
fn light_on_dark_is_read_in_the_first_frame() {
    assert_eq!(read(&Scene { ink: 235.0, paper: 20.0, ..Scene::default() }, 0).as_deref(), Some(TICKET));
}

#[test]
fn the_grey_picture_is_read_where_black_and_white_is_not() {
    let grey = Scene { module: 4.0, blurred: 1.3, ..Scene::default() }.draw(TICKET);
    let image = binary::dark(&grey).unwrap();
    let sets = corners::sets(corners::patterns(&image, &corners::guesses(&image)[0]));
    let in_black_and_white = SampleQR(&image, &sets[0]).ok().and_then(|found| content(found.getBits()));
    assert_eq!(in_black_and_white, None);
    assert_eq!(sample::read(&grey, &image, &sets[0]).as_deref(), Some(TICKET));
}

#[test]
fn the_corners_of_a_code_seen_askew_are_told_apart() {
    // The lower side is near: what is nearest in pixels is not nearest in modules.
    for towards in [0.0, 90.0, 135.0, 180.0, 250.0] {
        let scene = Scene { module: 5.0, tilted: 0.6, towards, ..Scene::default() };
        let image = binary::dark(&scene.draw(TICKET)).unwrap();
        let sets = corners::sets(corners::patterns(&image, &corners::guesses(&image)[0]));
        let [tl, tr, bl] = [sets[0].tl.p, sets[0].tr.p, sets[0].bl.p];
        assert!(
            tl.x < 320.0 && tl.y < 320.0 && tr.x > 320.0 && tr.y < 320.0 && bl.x < 320.0 && bl.y > 320.0,
            "{towards}: {tl:?} {tr:?} {bl:?}"
        );
        assert_eq!(read(&scene, 0).as_deref(), Some(TICKET), "{scene:?}");
    }
}

#[test]
fn nothing_is_read_where_there_is_no_code() {
    let mut chance = Chance::new(3);
    let noise: Vec<u8> = (0..WIDTH * HEIGHT).map(|_| if chance.next() < 0.5 { 0 } else { 255 }).collect();
    let stripes: Vec<u8> = (0..WIDTH * HEIGHT).map(|at| if (at % WIDTH / 9).is_multiple_of(2) { 10 } else { 240 }).collect();
    let board: Vec<u8> =
        (0..WIDTH * HEIGHT).map(|at| if (at % WIDTH / 16 + at / WIDTH / 16).is_multiple_of(2) { 10 } else { 240 }).collect();
    let made = [noise, stripes, board].map(|pixels| Luma::new(pixels, WIDTH, HEIGHT).unwrap());
    for blank in made.into_iter().chain([Scene { noise: 30.0, ..Scene::default() }.draw_blank()]) {
        assert_eq!(picture(&blank), None);
    }
    assert_eq!(picture(&Luma::new(vec![128], 1, 1).unwrap()), None);
}

#[test]
fn a_code_that_is_hard_to_read_is_read_rightly_or_not_at_all() {
    let mut chance = Chance::new(5);
    let mut found = 0;
    for number in 0..24 {
        let scene = Scene {
            module: 2.0 + 6.0 * chance.next(),
            turned: 360.0 * chance.next(),
            tilted: 0.4 * chance.next(),
            blurred: 2.0 * chance.next(),
            noise: 80.0 * chance.next(),
            paper: 60.0 + 170.0 * chance.next(),
            cracks: number % 4,
            ..Scene::default()
        };
        if let Some(text) = picture(&scene.draw(TICKET)) {
            assert_eq!(text, TICKET, "{scene:?}");
            found += 1;
        }
    }
    assert!(found >= 6, "the scenes are too hard to prove anything: {found} of 24");
}

#[test]
fn an_identity_card_is_read_with_its_marks() {
    let card = "087099000123|340123456|Nguyễn Văn Ân|01011990|Nam|Phường Cao Lãnh, Đồng Tháp|01012022";
    assert_eq!(frame(&Scene { module: 9.0, ..Scene::default() }.draw(card), 0).as_deref(), Some(card));
}
