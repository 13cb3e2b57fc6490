use super::{
    RETRIES, Retry, frame, look,
    luma::Luma,
    picture,
    picture::{Chance, HEIGHT, Scene, WIDTH},
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
        assert_eq!(look(scene.draw(TICKET)).as_deref(), Some(TICKET), "{scene:?}");
    }
}

#[test]
fn every_retry_reads_what_nothing_else_reads() {
    let plain = Scene::default();
    for (scene, expected) in [
        (Scene { module: 2.3, turned: 20.0, blurred: 0.4, ..plain.clone() }, Retry::Enlarged),
        (Scene { module: 4.0, noise: 160.0, ..plain.clone() }, Retry::Softened),
        (Scene { paper: 30.0, noise: 4.0, ..plain.clone() }, Retry::Softened),
        (Scene { ink: 235.0, paper: 20.0, ..plain.clone() }, Retry::Inverted),
        (Scene { cracks: 9, ..plain }, Retry::Halved),
    ] {
        let picture = scene.draw(TICKET);
        assert_eq!(look(picture.clone()), None, "{scene:?}");
        for retry in RETRIES {
            let wanted = (retry == expected).then_some(TICKET);
            assert_eq!(retry.look(&picture).as_deref(), wanted, "{retry:?} of {scene:?}");
        }
    }
}

#[test]
fn four_frames_go_through_the_whole_ladder() {
    let inverted = Scene { ink: 235.0, paper: 20.0, ..Scene::default() };
    assert_eq!([4, 5, 6, 7].map(|number| read(&inverted, number)), [None, None, Some(TICKET.to_owned()), None]);
    assert_eq!(picture(&inverted.draw(TICKET)).as_deref(), Some(TICKET));
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
    assert_eq!(look(Scene { module: 9.0, ..Scene::default() }.draw(card)).as_deref(), Some(card));
}
